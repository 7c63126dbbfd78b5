import { z } from 'zod';
import { READERS } from '#api/admin-request.ts';
import { route, runtime } from '#lib/runtime';
import { renderVersions, versionNumber, versionsOutput } from '#api/policy-wire.ts';

/** Which policies were in force, since when, by whom; the newest first. */
export const GET = route({
  auth: READERS,
  input: { query: z.strictObject({ before: versionNumber.optional() }) },
  output: versionsOutput,
  handle: async ({ tenant, input }) =>
    renderVersions(await runtime().policyDesk.versions(tenant, input.query.before)),
});
