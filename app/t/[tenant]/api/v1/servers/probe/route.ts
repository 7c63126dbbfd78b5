import { z } from 'zod';
import { WRITERS } from '#api/admin-request.ts';
import { renderProbe } from '#api/probe-wire.ts';
import { resourceProblem } from '#api/resource-problems.ts';
import { probeOutput } from '#api/resource-schemas.ts';
import { route, runtime } from '#lib/runtime';

/** What a server that is only described shows; nothing is saved. */
export const POST = route({
  auth: WRITERS,
  input: { body: z.unknown() },
  bodyBytesMax: 256 * 1024,
  output: probeOutput,
  handle: async ({ tenant, input }) => {
    const probe = await runtime().manifest.probe(tenant, input.body);
    return probe.ok ? renderProbe(probe.value) : resourceProblem(probe.error);
  },
});
