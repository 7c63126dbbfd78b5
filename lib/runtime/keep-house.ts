import { RECOVERY_INTERVAL_MS, SWEEP_INTERVAL_MS } from './constants.ts';
import { applyErasures } from './settle-tenants.ts';
import type { Modules } from './types.ts';

/** What has to happen without anybody asking: orphaned attempts are closed, what has expired is deleted. Returns how to stop. */
export function startKeeping(modules: Modules): () => void {
  const { receipts, telemetry } = modules;
  const timers = [
    every(RECOVERY_INTERVAL_MS, () => receipts.recover()),
    every(SWEEP_INTERVAL_MS, () => sweep(modules)),
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

async function sweep({ gateway, identity, oauth }: Modules): Promise<void> {
  for (const tenant of await identity.tenants.list()) {
    await oauth.sweep(tenant.id);
    await gateway.sweep(tenant.id);
    await identity.sessions.sweep(tenant);
    await identity.agents.sweep(tenant);
  }
}
