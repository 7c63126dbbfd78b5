import type { VerdictModel, VerifyAnswer, VerifyRequest } from '#ui/verify/verdict-model.ts';

export interface Verifier {
  /** One at a time. Undefined: the browser could not run it, or it was closed meanwhile. */
  run(request: VerifyRequest): Promise<VerdictModel | undefined>;
  close(): void;
}

/** The verifier in a worker of its own: a large bundle does not freeze the page, and closing it ends what runs. */
export function openVerifier(): Verifier {
  const worker = new Worker(new URL('./verify-worker.ts', import.meta.url), { type: 'module' });
  let answer: ((model: VerifyAnswer) => void) | undefined;
  const finish = (model: VerifyAnswer) => {
    answer?.(model);
    answer = undefined;
  };
  worker.addEventListener('message', ({ data }: MessageEvent<VerifyAnswer>) => finish(data));
  worker.addEventListener('error', () => finish(undefined));
  return {
    run: (request) =>
      new Promise((resolve) => {
        answer = resolve;
        worker.postMessage(request);
      }),
    close: () => {
      worker.terminate();
      finish(undefined);
    },
  };
}
