import type { ReplicaId, TenantId } from '#lib/core';
import { REFUSAL_REASONS, type RefusalReason } from '#lib/evidence';
import type { RandomPool } from './random-pool.ts';
import type { ReceiptDraft } from './types.ts';

/** Counts refusals between two aggregate receipts. What a process that dies had counted is lost, and reports say so. */
export interface RefusalCounts {
  count(tenant: TenantId, reason: RefusalReason): void;
  /** One draft per tenant in which something was counted since the last time, and starts anew. */
  take(nowMs: number): { readonly tenant: TenantId; readonly draft: ReceiptDraft }[];
}

export function createRefusalCounts(replica: ReplicaId, random: RandomPool, startMs: number): RefusalCounts {
  let since = startMs;
  let counts = new Map<TenantId, Map<RefusalReason, number>>();
  return {
    count: (tenant, reason) => {
      let ofTenant = counts.get(tenant);
      if (!ofTenant) counts.set(tenant, (ofTenant = new Map()));
      ofTenant.set(reason, (ofTenant.get(reason) ?? 0) + 1);
    },
    take: (nowMs) => {
      const from = Math.floor(since / 1000);
      const to = Math.max(Math.floor(nowMs / 1000), from + 1);
      const taken = [...counts].map(([tenant, ofTenant]) => ({
        tenant,
        draft: {
          id: random.receiptId(nowMs),
          at: nowMs,
          kind: 'aggregate',
          actor: { mode: 'system' },
          aggregate: { from, to, replica, counts: sorted(ofTenant) },
        } satisfies ReceiptDraft,
      }));
      since = nowMs;
      counts = new Map();
      return taken;
    },
  };
}

function sorted(ofTenant: ReadonlyMap<RefusalReason, number>): { reason: RefusalReason; count: number }[] {
  return REFUSAL_REASONS.filter((reason) => ofTenant.has(reason))
    .toSorted()
    .map((reason) => ({ reason, count: ofTenant.get(reason) ?? 0 }));
}
