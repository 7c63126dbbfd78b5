import { route } from '#lib/runtime';

/** The process answers. Nothing else is claimed. */
export const GET = route({
  auth: 'public',
  scope: 'instance',
  input: {},
  output: 'response',
  handle: async () => new Response('ok\n', { headers: { 'content-type': 'text/plain; charset=utf-8' } }),
});
