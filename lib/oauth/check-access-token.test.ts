import { expect, test } from 'vitest';
import { err, ok, type Principal, type Result, type ServerId, type TenantId } from '#lib/core';
import type { RevocationNotice } from '#lib/db';
import type { TenantRecord } from '#lib/identity';
import { createTelemetry } from '#lib/telemetry';
import { createAccessTokenChecker, type CheckDeps } from './check-access-token.ts';
import { accessTokenRefusal } from './errors.ts';

const tenant = { id: 'f0b1b9f4-0000-4000-8000-000000000001', slug: 'acme' } as unknown as TenantRecord;
const notice: RevocationNotice = { sequence: 1n, tenant: tenant.id as TenantId, kind: 'grant', subject: 'g' };
const loaded = { principal: { tenant: tenant.id, agent: {} } as unknown as Principal, agentVersion: 1 };
const token = { grant: 'g', mode: 'agent', clientId: 'c', subject: 'c', expiresAt: 2_000 } as never;

/** A checker that reads rows as `readings` say, one after the other; each may bring news of a revocation. */
function checkerOf(readings: readonly { readonly ends: boolean; readonly news: boolean }[]) {
  let tell: (notice: RevocationNotice) => void = () => undefined;
  let count = 0;
  let isFresh = true;
  const revocations = {
    subscribe: (handler: typeof tell) => {
      tell = handler;
      return () => undefined;
    },
    isFresh: () => isFresh,
    confirm: async () => await Promise.reject(new Error('the database is away')),
  } as unknown as CheckDeps['revocations'];
  const checker = createAccessTokenChecker({
    clock: { now: () => 1_000 },
    revocations,
    telemetry: createTelemetry({ level: 'fatal' }),
    verify: async () => ok(token),
    loadPrincipal: async () => {
      const reading = readings[Math.min(count, readings.length - 1)];
      count += 1;
      if (reading?.news === true) tell(notice);
      return reading?.ends === true ? err(accessTokenRefusal('grant_ended')) : ok(loaded);
    },
    isCurrent: () => true,
  });
  const check = (server = 'ledger') =>
    new Promise<Result<Principal, { kind: string }>>((resolve) => {
      checker.check(tenant, server as ServerId, 'raw', resolve);
    });
  const loseTouch = () => {
    isFresh = false;
  };
  return { check, count: () => count, revoke: () => tell(notice), loseTouch };
}

const QUIET = [{ ends: false, news: false }];

test('what is remembered of a token holds for one server', async () => {
  const { check, count } = checkerOf(QUIET);
  await check();
  await check();
  expect(count()).toBe(1);
  await check('payroll');
  expect(count()).toBe(2);
});

test('what is remembered of a token ends with its grant', async () => {
  const { check, count, revoke } = checkerOf(QUIET);
  await check();
  revoke();
  await check();
  expect(count()).toBe(2);
});

test('what is remembered of a token is not believed once nobody knows what was revoked', async () => {
  const { check, loseTouch } = checkerOf(QUIET);
  expect((await check()).ok).toBe(true);
  loseTouch();
  expect(await check()).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
});

test('what was read while something was revoked is read again', async () => {
  const { check, count } = checkerOf([
    { ends: false, news: true },
    { ends: true, news: false },
  ]);
  expect(await check()).toMatchObject({ ok: false, error: { kind: 'grant_ended' } });
  expect(count()).toBe(2);
});

test('revocations without end elsewhere do not keep a token from being checked, and nothing is kept of it', async () => {
  const { check, count } = checkerOf([{ ends: false, news: true }]);
  expect((await check()).ok).toBe(true);
  const before = count();
  expect(before).toBeLessThan(10);
  await check();
  expect(count()).toBeGreaterThan(before);
});
