import { z } from 'zod';
import type { SubjectReference } from '#lib/core';
import { route, runtime } from '#lib/runtime';
import { personProblem } from '#api/person-problems.ts';
import { endedOutput, personParams } from '#api/person-wire.ts';

/** Disables a person, which ends sessions and agents' access at once, or enables them again. */
export const POST = route({
  auth: { roles: ['admin'] },
  input: { params: personParams, body: z.strictObject({ state: z.enum(['active', 'disabled']) }) },
  output: endedOutput,
  handle: async ({ tenant, session, ip, input: { params, body } }) => {
    const { console } = runtime();
    const act = body.state === 'disabled' ? console.disablePerson : console.enablePerson;
    const done = await act({ tenant, session, ip }, params.reference as SubjectReference);
    return typeof done === 'string' ? personProblem(done) : done;
  },
});
