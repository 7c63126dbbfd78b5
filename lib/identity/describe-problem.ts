import { PROVIDER_CODES, SSO_PROBLEM_KINDS, type SsoProblem, type SsoProblemKind } from './errors.ts';

interface ProblemCause {
  /** The provider's own error code: repeated only if it is a registered one. */
  readonly code?: string | undefined;
  /** What exactly did not fit, for whoever sets things up. */
  readonly reason?: string | undefined;
}

/** A refusal of a sign-in. */
export function ssoProblem(kind: SsoProblemKind, { code, reason }: ProblemCause = {}): SsoProblem {
  const providerError = PROVIDER_CODES.find((registered) => registered === code);
  return {
    kind,
    ...(providerError === undefined ? {} : { providerError }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/**
 * The refusal that an address names. Kind and code count only as members of closed lists: an unknown kind is a sign-in
 * that is no longer known.
 */
export function readSsoProblem(kind: string | undefined, code?: string): SsoProblem {
  return ssoProblem(SSO_PROBLEM_KINDS.find((known) => known === kind) ?? 'attempt-unknown', { code });
}
