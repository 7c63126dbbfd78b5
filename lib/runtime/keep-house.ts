import { RECOVERY_INTERVAL_MS, SWEEP_INTERVAL_MS, SWEEPS_PER_WHOLE } from './constants.ts';
import { listDueTenants } from './due-tenants.ts';
import { applyErasures } from './settle-tenants.ts';
import type { Modules } from './types.ts';

/** What has to happen without anybody asking: orphaned attempts are closed, what has expired is deleted. Returns how to stop. */
export function startKeeping(modules: Modules): () => void {
  const { receipts, telemetry } = modules;
  const timers = [
    every(RECOVERY_INTERVAL_MS, () => receipts.recover()),
    every(SWEEP_INTERVAL_MS, createSweep(modules)),
    every(SWEEP_INTERVAL_MS, () => applyErasures(modules)),
  ];
  return () => timers.forEach((stop) => stop());

  /** Never two at once, and a failure is tried again the next time. */
  function every(ms: number, run: () => Promise<unknown>): () => void {
    let running = false;
    const tick = () => {
      if (running) return;
      running = true;
      run()
        .catch((error: unknown) =>
          telemetry.logger.warn({ err: error }, 'housekeeping failed; it is tried again'),
        )
        .finally(() => {
          running = false;
        });
    };
    const timer = setInterval(tick, ms);
    timer.unref();
    tick();
    return () => clearInterval(timer);
  }
}

/** Visits tenants in which something is due; every tenant now and then, for what falls due by other rules than its date. */
function createSweep({ clock, database, gateway, identity, oauth }: Modules): () => Promise<void> {
  let sweeps = 0;
  return async () => {
    sweeps += 1;
    const due = sweeps % SWEEPS_PER_WHOLE === 0 ? undefined : await listDueTenants(database, clock.now());
    if (due?.size === 0) return;
    for (const tenant of await identity.tenants.list()) {
      if (due?.has(tenant.id) === false) continue;
      await oauth.sweep(tenant.id);
      await gateway.sweep(tenant.id);
      await identity.sessions.sweep(tenant);
      await identity.agents.sweep(tenant);
    }
  };
}
