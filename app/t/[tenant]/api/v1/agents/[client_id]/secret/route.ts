import { actorOf, WRITERS } from '#api/admin-request.ts';
import { resourceProblem } from '#api/resource-problems.ts';
import { resourceParams, secretOutput } from '#api/resource-schemas.ts';
import { route, runtime } from '#lib/runtime';

/** A new secret, shown this once; the old one is void at once. */
export const POST = route({
  auth: WRITERS,
  input: { params: resourceParams.agent },
  output: secretOutput,
  handle: async ({ tenant, session, ip, input }) => {
    const { client_id: clientId } = input.params;
    const done = await runtime().manifest.rotateAgentSecret(tenant, clientId, actorOf(session, ip));
    return done.ok ? done.value : resourceProblem(done.error);
  },
});
