import type { Clock } from '#lib/core';
import { explainRefusedLog } from '#lib/receipts';
import { READINESS_SHARED_MS, READINESS_TIMEOUT_MS } from './constants.ts';
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
    'key provider': () => checkKeys(modules),
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
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${READINESS_TIMEOUT_MS} ms`), READINESS_TIMEOUT_MS);
  });
  try {
    const detail = await Promise.race([check(), late]);
    return detail === undefined ? { name, ok: true } : { name, ok: false, detail };
  } catch {
    // The reason stands in the log of the module that failed; a probe is read by strangers.
    return { name, ok: false, detail: `the ${name} check failed; the log says why` };
  } finally {
    clearTimeout(timer);
  }
}

async function checkKeys({ identity, keys }: Modules): Promise<string | undefined> {
  const served = (await identity.tenants.list()).filter(({ state }) => state === 'active');
  const tenants = [await identity.tenants.instance(), ...served];
  const states = await Promise.all(
    tenants.map(async ({ id, slug }) => ({ slug, state: await keys.check(id) })),
  );
  const failed = states.filter(({ state }) => !state.ok).map(({ slug }) => slug);
  // One tenant with a wrong key file is refused by itself; only when none works is the whole process unfit.
  return failed.length > 0 && failed.length === states.length
    ? `no tenant's key file can be used: check KEYS_DIR`
    : undefined;
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
  const [tenant] = await identity.tenants.list();
  if (tenant !== undefined) await policy.engine(tenant.id);
  return undefined;
}
