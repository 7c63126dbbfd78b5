import { registeredCode, ssoProblem, SSO_PROBLEM_KINDS } from './describe-problem.ts';
import type { SsoProblem } from './errors.ts';

/**
 * The words for a kind and a provider's code that came in an address. Both count only as members of closed lists: an
 * unknown kind gets the words of a sign-in that is no longer known.
 */
export function explainSsoProblem(kind: string | undefined, code?: string): SsoProblem {
  return ssoProblem(SSO_PROBLEM_KINDS.find((known) => known === kind) ?? 'attempt-unknown', {
    code: registeredCode(code),
  });
}
