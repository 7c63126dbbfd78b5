import { startDeadline, type Clock } from '#lib/core';
import { KeyUnavailable } from '#lib/keys';
import { explainRefusedLog } from '#lib/receipts';
import { READINESS_SHARED_MS, READINESS_TENANTS_MAX, READINESS_TIMEOUT_MS } from './constants.ts';
import type { Health, HealthCheck, Modules } from './types.ts';

type Check = () => Promise<string | undefined>;

/**
 * Whether this process can do its work. Each check names what is missing and what to do about it; a check that
 * hangs has failed.
 */
export function createHealth(modules: Modules): Health {
  let draining = false;
  const checks: Record<string, Check> = {
    database: () => modules.database.ping().then(() => undefined),
    'key provider': createKeyCheck(modules),
    signer: () => checkSigner(modules),
    policies: () => checkPolicies(modules),
  };
  const recent = shareFor(READINESS_SHARED_MS, modules.clock, () =>
    Promise.all(Object.entries(checks).map(([name, check]) => run(name, check))),
  );
  return {
    drain: () => {
      draining = true;
    },
    ready: async () => {
      const results = [...(await recent())];
      if (draining) results.push({ name: 'draining', ok: false, detail: 'this process is stopping' });
      return { ok: results.every(({ ok }) => ok), checks: results };
    },
  };
}

/** Anybody may probe, and each check costs every tenant a look-up: whoever comes within this time shares one answer. */
export function shareFor<T>(ms: number, clock: Clock, work: () => Promise<T>): () => Promise<T> {
  let begun = -Infinity;
  let shared: Promise<T> | undefined;
  return () => {
    const now = clock.now();
    if (shared === undefined || now - begun >= ms || now < begun) {
      begun = now;
      shared = work();
    }
    return shared;
  };
}

async function run(name: string, check: Check): Promise<HealthCheck> {
  const { promise: late, resolve } = Promise.withResolvers<string>();
  const stop = startDeadline(READINESS_TIMEOUT_MS, () =>
    resolve(`no answer within ${READINESS_TIMEOUT_MS} ms`),
  );
  try {
    const detail = await Promise.race([check(), late]);
    return detail === undefined ? { name, ok: true } : { name, ok: false, detail };
  } catch {
    // The reason stands in the log of the module that failed; a probe is read by strangers.
    return { name, ok: false, detail: `the ${name} check failed; the log says why` };
  } finally {
    stop();
  }
}

/** Looks at some tenants each time, in turns: a probe must not cost more with every tenant that there is. */
function createKeyCheck({ identity, keys }: Modules): Check {
  let looked = 0;
  return async () => {
    const served = (await identity.tenants.list()).filter(({ state }) => state === 'active');
    const some = turnOf(served, looked, READINESS_TENANTS_MAX);
    looked += some.length;
    const tenants = [await identity.tenants.instance(), ...some];
    const states = await Promise.all(tenants.map(async ({ id }) => await keys.check(id)));
    // One tenant with a wrong key file is refused by itself; only when none works is the whole process unfit.
    return states.some(({ ok }) => ok) ? undefined : `no tenant's key file can be used: check KEYS_DIR`;
  };
}

/** The next `count` of a list, from its start again after its end; all of a shorter one. */
export function turnOf<T>(list: readonly T[], from: number, count: number): readonly T[] {
  if (list.length <= count) return list;
  const start = from % list.length;
  return [...list.slice(start), ...list.slice(0, start)].slice(0, count);
}

async function checkSigner({ identity, receipts }: Modules): Promise<string | undefined> {
  const instance = await identity.tenants.instance();
  try {
    await receipts.log(instance.id);
    return undefined;
  } catch (error) {
    if (explainRefusedLog(error) === undefined) throw error;
    return `the instance's own log is refused: run 'countersign log reopen --tenant ${instance.slug}'`;
  }
}

async function checkPolicies({ identity, policy }: Modules): Promise<string | undefined> {
  const tenant = (await identity.tenants.list()).find(({ state }) => state === 'active');
  try {
    if (tenant !== undefined) await policy.engine(tenant.id);
  } catch (error) {
    // Policies are proven by the tenant's keys: one whose key file is gone is refused by itself.
    if (!(error instanceof KeyUnavailable)) throw error;
  }
  return undefined;
}
