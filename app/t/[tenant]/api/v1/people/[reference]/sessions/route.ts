import type { SubjectReference } from '#lib/core';
import { route, runtime } from '#lib/runtime';
import { personProblem } from '#api/person-problems.ts';
import { endedOutput, personParams } from '#api/person-wire.ts';

/** Signs a person out everywhere. Their agents go on. */
export const DELETE = route({
  auth: { roles: ['admin'] },
  input: { params: personParams },
  output: endedOutput,
  handle: async ({ tenant, session, ip, input }) => {
    const reference = input.params.reference as SubjectReference;
    const done = await runtime().console.endPersonSessions({ tenant, session, ip }, reference);
    return typeof done === 'string' ? personProblem(done) : done;
  },
});
