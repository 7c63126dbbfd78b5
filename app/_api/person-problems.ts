import { type Problem, problemResponse } from '#lib/edge';
import type { PersonProblem } from '#lib/runtime';

const PROBLEMS: Readonly<Record<PersonProblem, Problem>> = {
  'not-found': {
    status: 404,
    code: 'no-such-person',
    title: 'There is no such person',
    detail: 'Nobody of this tenant has this reference. Who was erased can’t be found any more.',
    remedy: 'Search for the whole verified email address, or for the reference that receipts carry.',
  },
  self: {
    status: 409,
    code: 'not-yourself',
    title: 'You can’t do this to yourself',
    detail: 'It would shut you out of the page that undoes it.',
    remedy: 'Ask another admin, or the operator.',
  },
  unconfirmed: {
    status: 400,
    code: 'unconfirmed',
    title: 'Nobody was erased',
    detail: 'What was typed is not the reference of this person.',
    remedy: 'Copy the reference from this page, and check the name above it.',
    errors: [{ path: 'confirm', message: 'is not the reference of this person' }],
  },
};

/** Why an act on a person was not done, as an answer of the API. */
export function personProblem(problem: PersonProblem): Response {
  return problemResponse(PROBLEMS[problem]);
}
