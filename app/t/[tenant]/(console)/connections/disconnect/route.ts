import { z } from 'zod';
import { seeOther } from '#lib/http';
import { route, runtime } from '#lib/runtime';

/** Ends every grant of one agent for the signed-in person. Ending what has ended already is fine. */
export const POST = route({
  auth: 'session',
  input: { form: z.object({ client_id: z.string().min(1).max(2048) }) },
  output: 'response',
  kind: 'bare',
  handle: async ({ tenant, session, ip, input }) => {
    await runtime().console.disconnectAgent({ tenant, session, ip }, input.form.client_id);
    return seeOther(`${tenant.canonicalUrl}/connections?disconnected=yes`);
  },
});
