import type { Modules } from './types.ts';

type Watched = Pick<Modules, 'database' | 'egress' | 'gateway' | 'receipts' | 'telemetry'>;

/** Lets `/metrics` look at what the modules know of themselves. */
export function watchGauges({ database, egress, gateway, receipts, telemetry }: Watched): void {
  const { lease, revocations } = database;
  telemetry.metrics.watch({
    receiptQueueDepth: () => receipts.waiting(),
    callsActive: () => gateway.activity().calls,
    streamsActive: () => gateway.activity().streams,
    sessionsCached: () => gateway.activity().sessions,
    stdioProcesses: () => gateway.activity().programs,
    revocationConfirmAgeSeconds: () => revocations.ageMs() / 1000,
    replicaFenced: () => lease.isFenced(),
    databasePools: () => database.pools(),
    egressRequests: () => egress.activity(),
  });
}
