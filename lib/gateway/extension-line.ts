import { randomUUID } from 'node:crypto';
import { err, ok, type JsonObject, type ReceiptId, type Result } from '#lib/core';
import { findAnswerProblem } from './act-answer.ts';
import type { ActFacts } from './act-drafts.ts';
import { RESUME_ATTEMPTS_MAX, RESUME_DELAY_MS_MAX, RESUME_DELAY_MS_MIN } from './constants.ts';
import { credentialAgain } from './decide-again.ts';
import type { Parts } from './parts.ts';
import { GIVEN_UP, type TaskAnswer } from './task-line.ts';
import { cancelTask, namingMeta } from './tell-of-task.ts';
import { UNANSWERED, type UpstreamFailure } from './upstream-failure.ts';
import type { UpstreamSend } from './upstream-link.ts';
import type { UpstreamCall, ValueDigest } from './upstream-types.ts';

/** A response of the server, and the digest of what it was where it had to be changed. */
export interface StateAnswer extends TaskAnswer {
  readonly received?: ValueDigest | undefined;
}

type Asked = Result<StateAnswer, UpstreamFailure>;

/**
 * All that is said to a server of the extension about one task in the name of the call that made it: each time only if the call
 * still may be made, under a credential and an id of its own.
 */
export class ExtensionLine {
  readonly task: string;
  #parts: Parts;
  #facts: ActFacts;
  #callId: ReceiptId;
  #request: UpstreamSend;
  #naming: JsonObject;
  #exchange: UpstreamCall | undefined;
  #settle: ((answer: Asked) => void) | undefined;
  #over = false;

  /** `request` is the call's own, in the words of a client that takes tasks. */
  constructor(parts: Parts, facts: ActFacts, callId: ReceiptId, request: UpstreamSend, task: string) {
    this.#parts = parts;
    this.#facts = facts;
    this.#callId = callId;
    this.#request = request;
    this.#naming = namingMeta(request);
    this.task = task;
  }

  /** What passes is asked once more: neither of these methods does anything twice. `pause` is what lies in between. */
  async ask(
    method: 'tasks/get' | 'tasks/update',
    params: JsonObject,
    pause: (ms: number) => Promise<void>,
  ): Promise<Asked> {
    for (let tries = 1; ; tries += 1) {
      const answer = await this.#ask(method, params);
      if (answer.ok || this.#over || tries >= RESUME_ATTEMPTS_MAX || !isPassing(answer.error)) return answer;
      const wanted = (answer.error.retryAfterSeconds ?? 0) * 1_000;
      await pause(Math.min(Math.max(wanted, RESUME_DELAY_MS_MIN * tries), RESUME_DELAY_MS_MAX));
      if (this.#over) return err(GIVEN_UP);
    }
  }

  /** Nobody else knows of it. */
  cancel(): void {
    cancelTask(this.#parts, this.#facts.context, this.#request, this.task);
  }

  abort(): void {
    this.#over = true;
    this.#exchange?.abort();
    this.#settle?.(err(GIVEN_UP));
  }

  release(): void {
    this.#exchange?.release();
  }

  async #ask(method: string, params: JsonObject): Promise<Asked> {
    const { context } = this.#facts;
    const revocationsSeen = this.#parts.recent.count;
    const credential = await credentialAgain(this.#parts, this.#facts, this.#callId, method);
    if (this.#over) return err(GIVEN_UP);
    if (context.session.ended) return err(SESSION_OVER);
    if (!credential.ok) return err({ kind: 'unauthorized', message: credential.error.message });
    // None of those was about this access, and only so many are remembered.
    this.#facts = { ...this.#facts, context: { ...context, revocationsSeen } };
    const id = `task-${randomUUID()}`;
    const own = { _meta: this.#naming, taskId: this.task, ...params };
    const body = JSON.stringify({ jsonrpc: '2.0', id, method, params: own });
    const answer = await this.#send({ ...this.#request, credential: credential.value, body });
    return (answer.ok ? problemOf(id, answer.value) : undefined) ?? answer;
  }

  #send(request: UpstreamSend): Promise<Asked> {
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.#exchange?.release();
      this.#exchange = this.#parts.upstream.send(request, {
        deaf: true,
        onHead: () => undefined,
        onMessage: () => undefined,
        onAnswer: (bytes, layout, received) => resolve(ok({ bytes, layout, received })),
        onFailure: (failure) => resolve(err(failure)),
        onEnd: () => resolve(err(UNANSWERED)),
      });
    });
  }
}

const SESSION_OVER: UpstreamFailure = {
  kind: 'aborted',
  message: 'is not asked any more, for the session has ended.',
};

function problemOf(id: string, answer: StateAnswer): Asked | undefined {
  const problem = findAnswerProblem(id, answer);
  return problem && err(problem);
}

/** A task outlives a connection, and a server that is busy for a moment. */
function isPassing({ kind, httpStatus = 0 }: UpstreamFailure): boolean {
  if (httpStatus === 429 || httpStatus >= 500) return true;
  return kind === 'unreachable' || kind === 'cut_off' || kind === 'overloaded';
}
