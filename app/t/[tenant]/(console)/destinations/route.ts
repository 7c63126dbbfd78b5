import { z } from 'zod';
import { route, runtime } from '#lib/runtime';

/** What the command palette leads to besides the sections: the servers that the visitor may see. */
export const GET = route({
  auth: 'session',
  input: {},
  output: z.object({ servers: z.array(z.object({ id: z.string(), title: z.string() })) }),
  handle: async ({ tenant, session, ip }) => {
    const servers = await runtime().console.listServers({ tenant, session, ip });
    return { servers: servers.map(({ id, title }) => ({ id, title })) };
  },
});
