import { describeVerdict } from '#ui/verify/describe-verdict.ts';
import type { VerifyAnswer, VerifyRequest } from '#ui/verify/verdict-model.ts';

/** As far as a dedicated worker's global scope is used here; the tree is typed for pages. */
interface WorkerScope {
  addEventListener(type: 'message', listen: (event: { readonly data: VerifyRequest }) => void): void;
  postMessage(answer: VerifyAnswer): void;
}

const scope = globalThis as unknown as WorkerScope;

/** Verifies beside the page, so that a large bundle does not freeze it. Asks nobody for anything. */
scope.addEventListener('message', ({ data: { bundle, trust } }) => {
  try {
    scope.postMessage(describeVerdict(bundle, trust));
  } catch {
    // Bad input is a verdict; whatever else happens is a defect, and no verdict.
    scope.postMessage(undefined);
  }
});
