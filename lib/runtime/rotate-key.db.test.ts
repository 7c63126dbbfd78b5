import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyBundle } from '#lib/evidence';
import type { TenantRecord } from '#lib/identity';
import { nodeEvidenceCrypto } from './node-evidence-crypto.ts';
import { ROTATABLE_KEYS } from './rotate-key.ts';
import { createTenant, createWorld, OPERATOR, type World } from './testing/start-world.ts';
import type { Runtime } from './types.ts';

let world: World;
let runtime: Runtime;
let acme: TenantRecord;

beforeAll(async () => {
  world = await createWorld();
  runtime = await world.start();
  acme = await createTenant(runtime, 'acme');
});
afterAll(async () => {
  await runtime.close();
  await world.close();
});

const kids = async (set: Promise<unknown>) =>
  ((await set) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);

const exported = (receipts?: readonly string[]) =>
  runtime.exportBundle({
    tenant: 'acme',
    receipts,
    last: 500,
    bodies: false,
    reader: { all: true, actor: OPERATOR },
  });

describe('rotating a key', () => {
  it.each([
    ['access-token', () => runtime.oauth.jwks(acme)],
    ['mint', () => runtime.minting.jwks(acme)],
  ] as const)('of purpose %s publishes the new one beside the old', async (key, jwks) => {
    const before = await kids(jwks());
    await runtime.rotateKey('acme', key, OPERATOR);
    const after = await kids(jwks());
    expect(after).toEqual(expect.arrayContaining(before));
    expect(after).toHaveLength(before.length + 1);
  });

  it('leaves evidence of before and after that one trust file verifies', async () => {
    const { trust } = await exported();
    for (const key of ROTATABLE_KEYS) await runtime.rotateKey('acme', key, OPERATOR);
    const { bundle } = await exported();
    const verdict = verifyBundle(bundle, JSON.stringify(trust), nodeEvidenceCrypto);
    expect(verdict.checks.filter(({ passed }) => passed !== 'yes')).toEqual([]);
    expect(verdict.verdict).toBe('VALID');
  });

  it('still opens what the old data key sealed', async () => {
    const place = { purpose: 'rotation-test', record: 'one' };
    const sealed = await runtime.keys.seal(acme.id, place, Buffer.from('before'));
    await runtime.rotateKey('acme', 'data', OPERATOR);
    expect(Buffer.from(await runtime.keys.open(acme.id, place, sealed)).toString()).toBe('before');
  });

  it('is receipted with who asked for it', async () => {
    const { entries } = await runtime.receipts.search(acme.id, {
      viewer: { all: true },
      filters: { kind: 'admin' },
      limit: 50,
    });
    const stored = await Promise.all(
      entries.map(({ id }) => runtime.receipts.load(acme.id, id, { all: true })),
    );
    const told = stored.flatMap((receipt) => receipt?.disclosures ?? []);
    expect(told.map((text) => Buffer.from(text, 'base64url').toString()).join()).toContain('key.rotate');
  });

  it('happens once, however often it is asked for about the same key', async () => {
    const inForce = async () =>
      (await runtime.keys.describe(acme.id)).signing.find(
        ({ purpose, state }) => purpose === 'receipt' && state === 'active',
      )!.kid;
    const before = await inForce();
    const asked = Array.from({ length: 3 }, () =>
      runtime.rotateExpectedKey('acme', 'receipt', OPERATOR, before),
    );
    expect((await Promise.all(asked)).toSorted()).toEqual([false, false, true]);
    expect(await inForce()).not.toBe(before);
    expect(await runtime.rotateExpectedKey('acme', 'receipt', OPERATOR, before)).toBe(false);
  });

  it('of a tenant that does not exist says so', async () => {
    await expect(runtime.rotateKey('nobody', 'log', OPERATOR)).rejects.toThrow("there is no tenant 'nobody'");
  });
});
