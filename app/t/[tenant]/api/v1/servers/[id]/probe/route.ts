import { WRITERS } from '#api/admin-request.ts';
import { renderProbe } from '#api/probe-wire.ts';
import { resourceProblem } from '#api/resource-problems.ts';
import { probeOutput, resourceParams } from '#api/resource-schemas.ts';
import type { ServerId } from '#lib/core';
import { route, runtime } from '#lib/runtime';

/** What a registered server shows now, beside what is pinned of it. */
export const POST = route({
  auth: WRITERS,
  input: { params: resourceParams.server },
  output: probeOutput,
  handle: async ({ tenant, input }) => {
    const probe = await runtime().manifest.probeRegistered(tenant, input.params.id as ServerId);
    return probe.ok ? renderProbe(probe.value) : resourceProblem(probe.error);
  },
});
