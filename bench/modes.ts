import { addedLatency } from './added-latency.ts';
import { compareWorkers } from './compare-workers.ts';
import { fairness } from './fairness.ts';
import { growLog } from './grow-log.ts';
import { idleSessions } from './idle-sessions.ts';
import { manyTenants } from './many-tenants.ts';
import type { Mode } from './mode.ts';
import { soak } from './soak.ts';

/** By the name of their option, which is also that of their place in docs/performance.md. */
export const MODES = {
  fairness,
  latency: addedLatency,
  rows: growLog,
  sessions: idleSessions,
  soak,
  tenants: manyTenants,
  workers: compareWorkers,
} as const satisfies Readonly<Record<string, Mode>>;
export type ModeName = keyof typeof MODES;
