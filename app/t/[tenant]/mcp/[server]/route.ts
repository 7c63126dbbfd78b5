import { route, runtime } from '#lib/runtime';

/** MCP over streamable HTTP: the same pipeline as the listener's direct way in, fed with Web objects. */
const serve = route({
  auth: 'raw',
  input: 'raw',
  output: 'response',
  origin: 'any',
  handle: ({ request, tenant, params, ip, requestId }) =>
    runtime().serveMcp(request, {
      tenant,
      serverSegment: String(params['server']),
      ip: ip ?? '',
      requestId,
    }),
});

export { serve as DELETE, serve as GET, serve as OPTIONS, serve as POST };
