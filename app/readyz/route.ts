import { route, runtime } from '#lib/runtime';

/** This process can do its work: database, key provider, signer and policies answer. 503 otherwise, and while draining. */
export const GET = route({
  auth: 'public',
  scope: 'instance',
  input: {},
  output: 'response',
  handle: async () => {
    const state = await runtime().health.ready();
    return Response.json(state, { status: state.ok ? 200 : 503 });
  },
});
