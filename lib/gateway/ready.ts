import { step, unavailable } from './refuse-exchange.ts';
import type { ActParts, Caller, Ready } from './parts.ts';

/** Log, policy and credentials of the tenant, at once when they are loaded; 503 when they can't be. */
export function withReady(parts: ActParts, caller: Caller, done: (ready: Ready) => void): void {
  const { tenant } = caller;
  const log = parts.receipts.cachedLog(tenant.id);
  const engine = parts.policy.cachedEngine(tenant.id);
  if (log !== undefined && engine !== undefined && parts.minting.isWarm(tenant.id))
    return done({ log, engine });
  load(parts, caller).then(
    (ready) => step(parts, caller.exchange, () => done(ready)),
    (error: unknown) => unavailable(parts, caller.exchange, error),
  );
}

async function load(parts: ActParts, { tenant }: Caller): Promise<Ready> {
  const [log, engine] = await Promise.all([
    parts.receipts.log(tenant.id),
    parts.policy.engine(tenant.id),
    parts.minting.warm(tenant),
  ]);
  return { log, engine };
}
