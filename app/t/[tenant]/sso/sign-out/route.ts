import { z } from 'zod';
import { route, runtime } from '#lib/runtime';
import { continuePage } from '#ui/continue-page.ts';

/** Ends the session here and goes on to the provider's own sign-out where it has one. */
export const POST = route({
  auth: 'session',
  input: { form: z.object({}) },
  output: 'response',
  kind: 'hosted',
  handle: async ({ tenant, session, ip }) => {
    const ended = await runtime().identity.sessions.signOut(tenant, session, ip);
    return continuePage(ended.redirectTo, ended.setCookies);
  },
});
