import { problemResponse, type Problem } from '#lib/edge';
import type { ResourceProblem } from '#lib/runtime';

type Words = Pick<Problem, 'status' | 'code' | 'title'> & { readonly remedy?: string };

const WORDS: Readonly<Record<ResourceProblem['kind'], Words>> = {
  invalid: { status: 400, code: 'invalid', title: 'This can not be saved as it is' },
  'owned-by-file': {
    status: 409,
    code: 'owned-by-file',
    title: 'This is kept in a file',
    remedy: 'Ask whoever keeps the tenant file to change it there and apply it.',
  },
  stale: {
    status: 412,
    code: 'stale',
    title: 'Somebody was here before you',
    remedy: 'Load it again and look at what is there now.',
  },
  missing: { status: 404, code: 'not-found', title: 'There is no such thing here' },
  exists: {
    status: 412,
    code: 'exists',
    title: 'There is one already',
    remedy: 'Choose another name, or change the one that is there.',
  },
  refused: { status: 409, code: 'refused', title: 'This would break something' },
  unreadable: {
    status: 422,
    code: 'unreadable',
    title: 'What is at that address can not be read',
    remedy: 'Check the address, and that it answers.',
  },
};

/** Why a change was not made, as problem+json. */
export function resourceProblem({ kind, message, faults }: ResourceProblem): Response {
  const errors = faults.map(({ at, message: words, line, column }) => ({
    path: at,
    message: words,
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
  }));
  return problemResponse({ ...WORDS[kind], detail: message, ...(errors.length > 0 ? { errors } : {}) });
}
