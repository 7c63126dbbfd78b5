import { WRITERS } from '#api/admin-request.ts';
import { renderProbe } from '#api/probe-wire.ts';
import { resourceProblem } from '#api/resource-problems.ts';
import { probeOutput, resourceParams } from '#api/resource-schemas.ts';
import { route, runtime } from '#lib/runtime';

/** What a registered server shows now, beside what is pinned of it. */
export const POST = route({
  auth: WRITERS,
  input: { params: resourceParams.server },
  output: probeOutput,
  handle: async ({ tenant, input }) => {
    const { manifest } = runtime();
    const server = await manifest.load(tenant, { kind: 'server', id: input.params.id });
    if (server === undefined)
      return resourceProblem({ kind: 'missing', message: 'There is no such server.', faults: [] });
    const probe = await manifest.probe(tenant, server.body);
    return probe.ok ? renderProbe(probe.value) : resourceProblem(probe.error);
  },
});
