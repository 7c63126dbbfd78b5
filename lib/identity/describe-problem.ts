import type { SsoProblem, SsoProblemKind } from './errors.ts';
import { PROVIDER_CODE_WORDS, SSO_WORDS } from './problem-words.ts';

export const SSO_PROBLEM_KINDS = Object.keys(SSO_WORDS) as readonly SsoProblemKind[];

/** What a provider wrote is repeated only if it is a registered code. */
export function registeredCode(code: string | undefined): string | undefined {
  return code !== undefined && Object.hasOwn(PROVIDER_CODE_WORDS, code) ? code : undefined;
}

export interface ProblemCause {
  /** The provider's own error code. */
  readonly code?: string | undefined;
  /** What exactly did not fit, for whoever sets things up. */
  readonly reason?: string | undefined;
}

/** A refusal in words: for the person whose sign-in it was, and for their admin. */
export function ssoProblem(kind: SsoProblemKind, cause: ProblemCause = {}): SsoProblem {
  const words = SSO_WORDS[kind];
  const code = registeredCode(cause.code);
  const told = code === undefined ? undefined : PROVIDER_CODE_WORDS[code];
  return {
    kind,
    title: words.title,
    message: code === undefined ? words.message : `${words.message} It said: ${code}.`,
    you: told?.you ?? words.you,
    admin: told?.admin ?? words.admin,
    ...(code === undefined ? {} : { providerError: code }),
    ...(cause.reason === undefined ? {} : { reason: cause.reason }),
  };
}
