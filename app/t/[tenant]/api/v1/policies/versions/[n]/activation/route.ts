import { z } from 'zod';
import { problemResponse } from '#lib/edge';
import { route, runtime } from '#lib/runtime';
import { activationProblem, versionNumber } from '#ui/policy-wire.ts';

/** An earlier version comes into force again, with a receipt that names the admin. */
export const POST = route({
  auth: { roles: ['admin'] },
  input: { params: z.object({ tenant: z.string(), n: versionNumber }) },
  output: z.strictObject({ version: z.int(), sha256: z.string(), changed: z.boolean() }),
  handle: async ({ tenant, session, ip, input, request }) => {
    const actor = { mode: 'user', person: session.person, ...(ip === undefined ? {} : { ip }) } as const;
    const ifMatch = request.headers.get('if-match') ?? undefined;
    const condition = { actor, ...(ifMatch === undefined ? {} : { ifMatch }) };
    const done = await runtime().manifest.activatePolicies(tenant, input.params.n, condition);
    return done.ok ? { ...done.value } : problemResponse(activationProblem(done.error));
  },
});
