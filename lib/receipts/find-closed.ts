import type { TenantId } from '#lib/core';
import { OUTCOME_KINDS } from '#lib/evidence';
import { readPayload } from './parse-leaf.ts';
import { listBatchesOf } from './store-read.ts';
import type { Run } from './store.ts';
import { idTerms } from './terms.ts';

/** Which of these attempts have an outcome in the log. */
export async function findClosed(
  run: Run,
  tenant: TenantId,
  attempts: readonly string[],
): Promise<Set<string>> {
  return new Set((await countOutcomes(run, tenant, attempts)).keys());
}

/** How many outcomes these attempts have, where it is any: more than one would be a defect. */
export async function countOutcomes(
  run: Run,
  tenant: TenantId,
  attempts: readonly string[],
): Promise<Map<string, number>> {
  const asked = new Set(attempts);
  const counts = new Map<string, number>();
  if (asked.size === 0) return counts;
  for (const batch of await listBatchesOf(run, tenant, idTerms('closes', asked))) {
    for (const leaf of batch.leaves) {
      const { kind, attempt } = readPayload(leaf) ?? {};
      if (kind !== undefined && attempt !== undefined && OUTCOME_KINDS.includes(kind) && asked.has(attempt))
        counts.set(attempt, (counts.get(attempt) ?? 0) + 1);
    }
  }
  return counts;
}
