import { z } from 'zod';
import { READERS } from '#api/admin-request.ts';
import { problemResponse } from '#lib/edge';
import { route, runtime } from '#lib/runtime';
import { NO_VERSION, renderComparison, versionNumber, versionOutput } from '#api/policy-wire.ts';

/** One version with its texts, and where asked for what differs from another one (`0` has no policies). */
export const GET = route({
  auth: READERS,
  input: {
    params: z.object({ tenant: z.string(), n: versionNumber }),
    query: z.strictObject({ against: versionNumber.optional() }),
  },
  output: versionOutput,
  handle: async ({ tenant, input }) => {
    const { policyDesk } = runtime();
    const { n } = input.params;
    const { against } = input.query;
    const version = await policyDesk.texts(tenant, n);
    const compared = against === undefined ? undefined : await policyDesk.compare(tenant, against, n);
    if (version === undefined || (against !== undefined && compared === undefined)) {
      return problemResponse(NO_VERSION);
    }
    return { ...version, policies: { ...version.policies }, ...renderComparison(compared) };
  },
});
