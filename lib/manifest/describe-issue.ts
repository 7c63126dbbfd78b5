import type { z } from 'zod';
import { DEPTH_MAX } from './constants.ts';

export type Path = readonly PropertyKey[];

/** What is wrong at a place; with `key`, with that member's name rather than its value. */
export interface PlacedProblem {
  readonly path: Path;
  readonly key?: string;
  readonly message: string;
}

/** A finding of the schema in our words. */
export function describeIssue(issue: z.core.$ZodIssue): readonly PlacedProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: issue.path, key, message: 'is not known here' }));
  }
  if (issue.code === 'invalid_key') {
    const message = issue.issues[0]?.message ?? issue.message;
    return [{ path: issue.path.slice(0, -1), key: String(issue.path.at(-1)), message }];
  }
  return [{ path: issue.path, message: wordsOf(issue) }];
}

function wordsOf(issue: z.core.$ZodIssue): string {
  if (
    issue.code === 'invalid_type' &&
    issue.input === undefined &&
    /received undefined/.test(issue.message)
  ) {
    return 'is missing';
  }
  return issue.message.replace(/^Invalid input: /, '');
}

/** `servers[1].url`, as people write it. */
export function formatPath(path: Path): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      const name = /^[A-Za-z_][\w-]*$/.test(String(part)) ? String(part) : JSON.stringify(String(part));
      return index === 0 ? name : `.${name}`;
    })
    .join('');
}

/**
 * What a schema passes over in silence or PostgreSQL can't keep: a member of the name `__proto__`, a NUL character, half
 * of a surrogate pair. And what is so deep that whatever recurses into it would overflow the stack.
 */
export function hiddenProblems(value: unknown, path: Path = []): readonly PlacedProblem[] {
  if (typeof value === 'string') {
    const message = unstorable(value);
    return message === undefined ? [] : [{ path, message }];
  }
  if (typeof value !== 'object' || value === null) return [];
  if (path.length >= DEPTH_MAX) return [{ path, message: `is nested more than ${DEPTH_MAX} levels deep` }];
  if (Array.isArray(value)) return value.flatMap((item, index) => hiddenProblems(item, [...path, index]));
  return Object.entries(value).flatMap(([key, member]) => {
    const message = key === '__proto__' ? 'can not be a name here' : unstorable(key);
    return [
      ...(message === undefined ? [] : [{ path, key, message }]),
      ...hiddenProblems(member, [...path, key]),
    ];
  });
}

function unstorable(text: string): string | undefined {
  if (text.includes('\0')) return 'contains a NUL character';
  return text.isWellFormed() ? undefined : 'contains half of a surrogate pair';
}
