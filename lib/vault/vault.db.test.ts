import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock, type PersonId, type TenantId } from '#lib/core';
import { createKeys, createLocalKeyProvider, EnvelopeError, type Keys } from '#lib/keys';
import { createVault, SecretGone, type SecretId, type Vault } from '#lib/vault';
import { createTestDatabase, type TestDatabase } from '../../e2e/harness/index.ts';

const SECRET = 'pässword-canary-4711';

let db: TestDatabase;
let keysDir: string;
let keys: Keys;
let vault: Vault;
let tenant: TenantId;
let other: TenantId;

beforeAll(async () => {
  db = await createTestDatabase();
  keysDir = await mkdtemp(join(tmpdir(), 'vault-'));
  const provider = createLocalKeyProvider({ keysDir });
  keys = createKeys({ database: db.database, provider, clock: systemClock });
  vault = createVault({ database: db.database, keys });
  [tenant, other] = [(await db.tenant()).id, (await db.tenant()).id];
  await keys.createTenantKeys(tenant);
  await keys.createTenantKeys(other);
});
afterAll(async () => {
  keys.close();
  await db.close();
  await rm(keysDir, { recursive: true });
});

async function put(person?: PersonId, purpose = 'idp-client'): Promise<SecretId> {
  const place = { purpose, ...(person === undefined ? {} : { person }) };
  return await db.database
    .tenantDb(tenant)
    .transaction(async (tx) => await vault.put(tx, tenant, place, SECRET));
}

async function makePerson(): Promise<PersonId> {
  const person = randomUUID() as PersonId;
  await db.database
    .tenantDb(tenant)
    .transaction(async (tx) => await keys.createPersonKey(tx, tenant, person));
  return person;
}

const read = async (id: string, of = tenant) => await vault.withSecret(of, id, (secret) => secret);

describe('a secret', () => {
  it('is lent to whoever asks by its id, and stands in the database only sealed', async () => {
    const id = await put();
    expect(await read(id)).toBe(SECRET);
    const row = await db.database
      .tenantDb(tenant)
      .read(async (client) => await client.secret.findFirstOrThrow({ where: { id } }));
    expect(Buffer.from(row.sealed).includes(Buffer.from(SECRET))).toBe(false);
  });

  it('waits for a use that takes its time, and passes on its error', async () => {
    const id = await put();
    expect(await vault.withSecret(tenant, id, async (secret) => await Promise.resolve(secret.length))).toBe(
      20,
    );
    const failing = vault.withSecret(tenant, id, () => {
      throw new Error('refused by the provider');
    });
    await expect(failing).rejects.toThrow('refused by the provider');
  });

  it('does not exist for another tenant', async () => {
    await expect(read(await put(), other)).rejects.toThrow(SecretGone);
  });

  it('does not open in the place of another', async () => {
    const [one, two] = [await put(), await put()];
    await db.database.tenantDb(tenant).transaction(async (tx) => {
      const { sealed } = await tx.secret.findFirstOrThrow({ where: { id: one } });
      await tx.secret.updateMany({ where: { id: two }, data: { sealed } });
    });
    await expect(read(two)).rejects.toThrow(EnvelopeError);
  });

  it('does not open for another purpose', async () => {
    const id = await put();
    await db.database.tenantDb(tenant).transaction(async (tx) => {
      await tx.secret.updateMany({ where: { id }, data: { purpose: 'agent-client' } });
    });
    await expect(read(id)).rejects.toThrow(EnvelopeError);
  });

  it('is replaced, under its id', async () => {
    const id = await put();
    const replace = async (which: SecretId) =>
      await db.database
        .tenantDb(tenant)
        .transaction(async (tx) => await vault.replace(tx, tenant, which, 'another'));
    expect(await replace(id)).toBe(true);
    expect(await read(id)).toBe('another');
    expect(await replace(randomUUID() as SecretId)).toBe(false);
  });

  it('is gone once removed', async () => {
    const id = await put();
    const remove = async () =>
      await db.database.tenantDb(tenant).transaction(async (tx) => await vault.remove(tx, tenant, id));
    expect([await remove(), await remove()]).toEqual([true, false]);
    await expect(read(id)).rejects.toThrow(SecretGone);
    await expect(read('not an id')).rejects.toThrow(SecretGone);
  });
});

describe('a person’s secret', () => {
  it('ends with the person’s key', async () => {
    const alice = await makePerson();
    const id = await put(alice);
    expect(await read(id)).toBe(SECRET);
    await db.database
      .tenantDb(tenant)
      .transaction(async (tx) => await keys.destroyPersonKey(tx, tenant, alice));
    await expect(read(id)).rejects.toThrow(SecretGone);
    await expect(put(alice)).rejects.toThrow(SecretGone);
  });

  it('is removed with all others of that person, and of nobody else', async () => {
    const [alice, bob] = [await makePerson(), await makePerson()];
    const [one, two, ofBob] = [await put(alice), await put(alice), await put(bob)];
    const removed = await db.database
      .tenantDb(tenant)
      .transaction(async (tx) => await vault.removeAllOf(tx, tenant, alice));
    expect(removed).toBe(2);
    for (const id of [one, two]) await expect(read(id)).rejects.toThrow(SecretGone);
    expect(await read(ofBob)).toBe(SECRET);
  });
});
