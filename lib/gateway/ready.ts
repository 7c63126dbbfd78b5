import { refuse, step, unavailable } from './refuse-exchange.ts';
import type { ActParts, Caller, Parts, Ready } from './parts.ts';

/** What took its time (a body, a session, a load, an upstream's list) may have outlasted the caller's access. */
export function withAccess(parts: Parts, caller: Caller, done: () => void): void {
  if (!parts.recent.touched(caller.principal, caller.revocationsSeen)) return done();
  const { exchange, tenant, principal } = caller;
  const refusal = { kind: 'grant_ended', status: 401, detail: 'This authorization was ended.' } as const;
  const challenge = ['www-authenticate', parts.oauth.challenge(tenant, principal.server, refusal)];
  refuse(parts, exchange, 401, 'revoked_token', refusal.detail, challenge);
}

/** Log, policy and credentials of the tenant, at once when they are loaded; 503 when they can't be. */
export function withReady(parts: ActParts, caller: Caller, done: (ready: Ready) => void): void {
  const { tenant } = caller;
  const log = parts.receipts.cachedLog(tenant.id);
  const engine = parts.policy.cachedEngine(tenant.id);
  if (log !== undefined && engine !== undefined && parts.minting.isWarm(tenant.id))
    return withAccess(parts, caller, () => done({ log, engine }));
  load(parts, caller).then(
    (ready) => step(parts, caller.exchange, () => withAccess(parts, caller, () => done(ready))),
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
