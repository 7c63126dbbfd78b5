import type { SsoProblem } from '#lib/runtime';
import { ssoProblems } from '#ui/messages.ts';
import words from '#ui/messages/en/sso-problems.json' with { type: 'json' };

interface SsoProblemWords {
  readonly title: string;
  /** What happened. */
  readonly message: string;
  /** What the person can do about it. */
  readonly you: string;
  /** What their admin can do about it. */
  readonly admin: string;
}

/** A refused sign-in in words, for both who can do something about it. */
export function ssoProblemWords({ kind, providerError: code }: SsoProblem): SsoProblemWords {
  const { title, message, you, admin } = words.kind[kind];
  if (code === undefined) return { title, message, you, admin };
  const told: { readonly you?: string; readonly admin?: string } = words.code[code];
  return {
    title,
    message: `${message} ${ssoProblems('said', { code })}`,
    you: told.you ?? you,
    admin: told.admin ?? admin,
  };
}
