import { Gauge, type Registry } from 'prom-client';
import type { Gauges } from './types.ts';

/** Gauges that ask for their value when somebody looks. */
export function registerGauges(registry: Registry, gauges: Gauges): void {
  const plain = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  plain('countersign_receipt_queue_depth', 'Receipts that are not committed yet', gauges.receiptQueueDepth);
  plain('countersign_calls_active', 'Calls under way', gauges.callsActive);
  plain('countersign_streams_active', 'Event streams that agents hold open', gauges.streamsActive);
  plain('countersign_sessions_cached', 'Sessions held in memory', gauges.sessionsCached);
  plain('countersign_stdio_processes', 'MCP servers that run here as programs', gauges.stdioProcesses);
  plain(
    'countersign_revocation_confirm_age_seconds',
    'Since every revocation was last known to be heard of; beyond 1 s calls ask or are refused',
    gauges.revocationConfirmAgeSeconds,
  );
  plain('countersign_replica_fenced', 'Whether this process may no longer append', () =>
    gauges.replicaFenced() ? 1 : 0,
  );
  registerPools(registry, gauges);
  registerEgress(registry, gauges);
}

function registerPools(registry: Registry, { databasePools }: Gauges): void {
  new Gauge({
    name: 'countersign_database_connections',
    help: 'Connections to PostgreSQL, and work that waits for one',
    labelNames: ['pool', 'state'] as const,
    registers: [registry],
    collect() {
      for (const { pool, busy, idle, waiting } of databasePools()) {
        this.set({ pool, state: 'busy' }, busy);
        this.set({ pool, state: 'idle' }, idle);
        this.set({ pool, state: 'waiting' }, waiting);
      }
    },
  });
}

function registerEgress(registry: Registry, { egressRequests }: Gauges): void {
  new Gauge({
    name: 'countersign_egress_requests',
    help: 'Outgoing HTTP requests under way, and those that wait for a connection, by egress class',
    labelNames: ['class', 'state'] as const,
    registers: [registry],
    collect() {
      for (const { egressClass, running, waiting } of egressRequests()) {
        this.set({ class: egressClass, state: 'running' }, running);
        this.set({ class: egressClass, state: 'waiting' }, waiting);
      }
    },
  });
}
