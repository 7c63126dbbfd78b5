import { actorOf, WRITERS } from '#api/admin-request.ts';
import { resourceProblem } from '#api/resource-problems.ts';
import { admissionBody, resourceParams } from '#api/resource-schemas.ts';
import { route, runtime } from '#lib/runtime';

/** Lets an agent that registered itself in, or keeps it out. */
export const POST = route({
  auth: WRITERS,
  input: { params: resourceParams.agent, body: admissionBody },
  output: 'response',
  handle: async ({ tenant, session, ip, input }) => {
    const { admission } = input.body;
    const { client_id: clientId } = input.params;
    const done = await runtime().manifest.admitAgent(tenant, clientId, admission, actorOf(session, ip));
    return done.ok ? new Response(null, { status: 204 }) : resourceProblem(done.error);
  },
});
