import { z } from 'zod';
import type { SubjectReference } from '#lib/core';
import { route, runtime } from '#lib/runtime';
import { personProblem } from '#api/person-problems.ts';
import { endedOutput, personParams } from '#api/person-wire.ts';

/** Ends what a person granted one agent. What has ended already stays ended. */
export const DELETE = route({
  auth: { roles: ['admin'] },
  input: { params: personParams.extend({ client_id: z.string().min(1).max(2048) }) },
  output: endedOutput,
  handle: async ({ tenant, session, ip, input }) => {
    const { reference, client_id: clientId } = input.params;
    const done = await runtime().console.disconnectPersonAgent(
      { tenant, session, ip },
      reference as SubjectReference,
      clientId,
    );
    return typeof done === 'string' ? personProblem(done) : done;
  },
});
