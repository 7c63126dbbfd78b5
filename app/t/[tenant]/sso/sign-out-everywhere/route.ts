import { z } from 'zod';
import { route, runtime } from '#lib/runtime';
import { continuePage } from '#ui/continue-page.ts';

/** Ends every session of the person; their agents' grants only if they asked for that. */
export const POST = route({
  auth: 'session',
  input: { form: z.object({ agents: z.literal('disconnect').optional() }) },
  output: 'response',
  kind: 'hosted',
  handle: async ({ tenant, session, ip, input }) => {
    const visitor = { tenant, session, ip };
    if (input.form.agents === 'disconnect') await runtime().console.disconnectAgents(visitor);
    const ended = await runtime().identity.sessions.signOutEverywhere(tenant, session, ip);
    return continuePage(ended.redirectTo, ended.setCookies);
  },
});
