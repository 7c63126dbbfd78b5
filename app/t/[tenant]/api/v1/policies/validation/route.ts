import { READERS } from '#api/admin-request.ts';
import { route, runtime } from '#lib/runtime';
import { DRAFT_BYTES_MAX, renderDifference, validationBody, validationOutput } from '#api/policy-wire.ts';

/** What saving these texts would be refused for, and what it would change. Nothing is saved. */
export const POST = route({
  auth: READERS,
  input: { body: validationBody },
  output: validationOutput,
  bodyBytesMax: DRAFT_BYTES_MAX,
  handle: async ({ tenant, input }) => {
    const { problems, difference } = await runtime().policyDesk.check(tenant, input.body.policies);
    return {
      problems: problems.map(({ policyId, ...problem }) => ({ policy: policyId, ...problem })),
      difference: renderDifference(difference),
    };
  },
});
