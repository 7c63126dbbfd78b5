import { actorOf, WRITERS } from '#api/admin-request.ts';
import { resourceProblem } from '#api/resource-problems.ts';
import { approvalBody, approvalOutput, resourceParams } from '#api/resource-schemas.ts';
import type { ServerId } from '#lib/core';
import { route, runtime } from '#lib/runtime';

/** Pins what an admin saw in a probe; refused when the server shows something else by now. */
export const POST = route({
  auth: WRITERS,
  input: { params: resourceParams.server, body: approvalBody },
  output: approvalOutput,
  handle: async ({ tenant, session, ip, input }) => {
    const { listing_sha256: listingSha256, definitions, withdraw } = input.body;
    const done = await runtime().manifest.approve(tenant, input.params.id as ServerId, {
      listingSha256,
      ...(definitions === undefined ? {} : { definitions }),
      ...(withdraw === undefined ? {} : { withdraw }),
      actor: actorOf(session, ip),
    });
    if (!done.ok) return resourceProblem(done.error);
    const { pinned, added, changed, removed, skipped } = done.value;
    return {
      pinned: [...pinned],
      added: [...added],
      changed: [...changed],
      removed: [...removed],
      skipped: [...skipped],
    };
  },
});
