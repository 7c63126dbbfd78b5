import type { SubjectReference } from '#lib/core';
import { route, runtime } from '#lib/runtime';
import { personProblem } from '#api/person-problems.ts';
import { personOutput, personParams, renderPerson } from '#api/person-wire.ts';

/** One person: groups, roles and which group gave them, sessions, agents. */
export const GET = route({
  auth: { roles: ['admin', 'auditor'] },
  input: { params: personParams },
  output: personOutput,
  handle: async ({ tenant, session, ip, input }) => {
    const reference = input.params.reference as SubjectReference;
    const person = await runtime().console.viewPerson({ tenant, session, ip }, reference);
    return person === undefined ? personProblem('not-found') : renderPerson(person);
  },
});
