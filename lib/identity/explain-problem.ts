import { ssoProblem, SSO_PROBLEM_KINDS } from './describe-problem.ts';
import type { SsoProblem } from './errors.ts';

/** The words for a kind that came in an address. An unknown one gets those of a sign-in that is no longer known. */
export function explainSsoProblem(kind: string | undefined): SsoProblem {
  return ssoProblem(SSO_PROBLEM_KINDS.find((known) => known === kind) ?? 'attempt-unknown');
}
