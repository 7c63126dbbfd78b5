import { route, runtime } from '#lib/runtime';

/** What an auditor pins. Fetched once, over a channel the auditor trusts; afterwards nothing here is believed. */
export const GET = route({
  auth: 'public',
  input: {},
  output: 'response',
  kind: 'public',
  origin: 'any',
  handle: async ({ tenant }) => Response.json(await runtime().receipts.trustFile(tenant.id)),
});
