import { z } from 'zod';
import { actorOf, conditionsOf, WRITERS } from '#api/admin-request.ts';
import { resourceProblem } from '#api/resource-problems.ts';
import { route, runtime } from '#lib/runtime';
import { activationOutput, versionNumber } from '#api/policy-wire.ts';

/** An earlier version comes into force again, with a receipt that names the admin. */
export const POST = route({
  auth: WRITERS,
  input: { params: z.object({ tenant: z.string(), n: versionNumber }) },
  output: activationOutput,
  handle: async ({ tenant, session, ip, input, request }) => {
    const { ifMatch } = conditionsOf(request);
    const condition = { actor: actorOf(session, ip), ...(ifMatch === undefined ? {} : { ifMatch }) };
    const done = await runtime().manifest.activatePolicies(tenant, input.params.n, condition);
    return done.ok ? { ...done.value } : resourceProblem(done.error);
  },
});
