import type { TenantId } from '#lib/core';
import { OUTCOME_KINDS } from '#lib/evidence';
import { decodeEntryBundle } from '#lib/tlog';
import { parseLeaf } from './parse-leaf.ts';
import { listBatchesOf } from './store-read.ts';
import type { Run } from './store.ts';
import { idTerms } from './terms.ts';

/** Which of these attempts have an outcome in the log. */
export async function findClosed(
  run: Run,
  tenant: TenantId,
  attempts: readonly string[],
): Promise<Set<string>> {
  const asked = new Set(attempts);
  const closed = new Set<string>();
  if (asked.size === 0) return closed;
  for (const batch of await listBatchesOf(run, tenant, idTerms('closes', asked))) {
    for (const leaf of decodeEntryBundle(batch.leaves) ?? []) {
      const { kind, attempt } = parseLeaf(leaf).payload;
      if (attempt !== undefined && OUTCOME_KINDS.includes(kind) && asked.has(attempt)) closed.add(attempt);
    }
  }
  return closed;
}
