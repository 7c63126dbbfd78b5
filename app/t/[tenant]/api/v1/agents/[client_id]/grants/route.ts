import { z } from 'zod';
import type { ClientId } from '#lib/core';
import { route, runtime } from '#lib/runtime';

/** Ends everything that anybody let this agent do; its next call is refused. What has ended already stays ended. */
export const DELETE = route({
  auth: { roles: ['admin'] },
  input: { params: z.object({ tenant: z.string(), client_id: z.string().min(1).max(2048) }) },
  output: z.strictObject({ ended: z.int() }),
  handle: async ({ tenant, session, ip, input }) => ({
    ended: await runtime().console.endAgentGrants(
      { tenant, session, ip },
      input.params.client_id as ClientId,
    ),
  }),
});
