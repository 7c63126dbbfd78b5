import { actorOf, WRITERS } from '#api/admin-request.ts';
import { resourceProblem } from '#api/resource-problems.ts';
import { resourceParams } from '#api/resource-schemas.ts';
import { route, runtime } from '#lib/runtime';

/** Forgets an agent that registered itself; whatever it was granted ends, and its next call is refused. */
export const DELETE = route({
  auth: WRITERS,
  input: { params: resourceParams.agent },
  output: 'response',
  handle: async ({ tenant, session, ip, input }) => {
    const { client_id: clientId } = input.params;
    const done = await runtime().manifest.removeRegisteredAgent(tenant, clientId, actorOf(session, ip));
    return done.ok ? new Response(null, { status: 204 }) : resourceProblem(done.error);
  },
});
