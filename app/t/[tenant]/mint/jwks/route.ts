import { route, runtime } from '#lib/runtime';

/** Keys that sign minted tokens: what an upstream verifies them with. */
export const GET = route({
  auth: 'public',
  input: {},
  output: 'response',
  kind: 'public',
  origin: 'any',
  handle: async ({ tenant }) => Response.json(await runtime().minting.jwks(tenant)),
});
