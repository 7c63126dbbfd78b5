import { route, runtime } from '#lib/runtime';

/** Keys that sign access tokens. */
export const GET = route({
  auth: 'public',
  input: {},
  output: 'response',
  kind: 'public',
  origin: 'any',
  handle: async ({ tenant }) => Response.json(await runtime().oauth.jwks(tenant)),
});
