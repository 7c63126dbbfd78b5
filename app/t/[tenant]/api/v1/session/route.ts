import { z } from 'zod';
import { route, runtime } from '#lib/runtime';

/** Who is signed in, and the token that unsafe requests of this session must carry. */
export const GET = route({
  auth: 'session',
  input: {},
  output: z.object({
    person: z.object({
      reference: z.string(),
      name: z.string().optional(),
      email: z.string().optional(),
      groups: z.array(z.string()),
      roles: z.array(z.string()),
    }),
    expires_at: z.string(),
    csrf_token: z.string(),
  }),
  handle: async ({ session }) => {
    const { person } = session;
    return {
      person: {
        reference: person.reference,
        ...(person.name === undefined ? {} : { name: person.name }),
        ...(person.email === undefined ? {} : { email: person.email }),
        groups: [...person.groups],
        roles: [...person.roles],
      },
      expires_at: new Date(session.expiresAt).toISOString(),
      csrf_token: runtime().identity.sessions.createCsrfToken(session),
    };
  },
});
