import type { Clock, ReplicaId, TenantId } from '#lib/core';
import { REFUSAL_REASONS, type RefusalReason } from '#lib/evidence';
import { AGGREGATE_EVERY_MS } from './constants.ts';
import { NoLog } from './errors.ts';
import type { RandomPool } from './random-pool.ts';
import type { ReceiptDraft, ReceiptsDeps, ReceiptTimers } from './types.ts';

/** Counts refusals between two aggregate receipts. What a process that dies had counted is lost, and reports say so. */
interface RefusalCounts {
  count(tenant: TenantId, reason: RefusalReason): void;
  /** One draft per tenant in which something was counted since the last time, and starts anew. */
  take(nowMs: number): readonly { readonly tenant: TenantId; readonly draft: ReceiptDraft }[];
}

function createRefusalCounts(replica: ReplicaId, random: RandomPool, startMs: number): RefusalCounts {
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

export interface AggregationDeps {
  readonly replica: ReplicaId;
  readonly random: RandomPool;
  readonly clock: Clock;
  readonly timers: ReceiptTimers;
  readonly logger: ReceiptsDeps['logger'];
}

/** Counts refusals, and has a receipt of them appended every minute in which there were any. */
export function createAggregation(
  { replica, random, clock, timers, logger }: AggregationDeps,
  append: (tenant: TenantId, draft: ReceiptDraft) => Promise<void>,
): Pick<RefusalCounts, 'count'> & { close(): Promise<void> } {
  const counts = createRefusalCounts(replica, random, clock.now());
  const aggregate = async () => {
    for (const { tenant, draft } of counts.take(clock.now())) {
      await append(tenant, draft).catch((error: Error) => {
        // A tenant whose log is closed for good is asked for a while yet.
        if (error instanceof NoLog) return;
        logger.error({ tenant, error: error.message }, 'refusals were not counted');
      });
    }
  };
  let minute: unknown;
  const everyMinute = () => {
    minute = timers.setTimeout(() => void aggregate().finally(everyMinute), AGGREGATE_EVERY_MS);
  };
  everyMinute();
  return {
    count: counts.count,
    close: async () => {
      timers.clearTimeout(minute);
      await aggregate();
    },
  };
}

function sorted(ofTenant: ReadonlyMap<RefusalReason, number>): { reason: RefusalReason; count: number }[] {
  return REFUSAL_REASONS.filter((reason) => ofTenant.has(reason))
    .toSorted()
    .map((reason) => ({ reason, count: ofTenant.get(reason) ?? 0 }));
}
