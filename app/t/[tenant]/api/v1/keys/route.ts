import { route, runtime } from '#lib/runtime';
import { keysOutput, renderKeys } from '#api/key-wire.ts';

/** The tenant's keys: public facts, and which receipt announced each. */
export const GET = route({
  auth: { roles: ['admin', 'auditor'] },
  input: {},
  output: keysOutput,
  handle: async ({ tenant, session, ip }) =>
    renderKeys(await runtime().console.keyOverview({ tenant, session, ip })),
});
