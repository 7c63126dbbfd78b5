import { route, runtime } from '#lib/runtime';

/** An authorization that begins, its sign-in, a registration. */
const KEEPING = /\/oauth\/(authorize|register|signin\/[^/]+)$/;

/** The authorization server's own endpoints; it authenticates clients by itself. */
const serve = route({
  auth: 'raw',
  input: 'raw',
  output: 'response',
  origin: 'any',
  keepsForStrangers: ({ url }) => KEEPING.test(new URL(url).pathname),
  handle: async ({ request, tenant, ip, readCookie }) => {
    const { identity, oauth } = runtime();
    const session = await identity.sessions.verify(tenant, readCookie);
    return oauth.handle(request, tenant, { ip: ip ?? '', ...(session === undefined ? {} : { session }) });
  },
});

export { serve as DELETE, serve as GET, serve as OPTIONS, serve as POST, serve as PUT };
