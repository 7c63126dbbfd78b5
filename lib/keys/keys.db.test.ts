import { createPublicKey, generateKeyPairSync, randomUUID, verify } from 'node:crypto';
import { chmod, copyFile, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { calculateJwkThumbprint } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { utf8, type PersonId, type TenantId } from '#lib/core';
import type { Database } from '#lib/db';
import {
  createKeys,
  createLocalKeyProvider,
  EnvelopeError,
  KeyUnavailable,
  StaleSealer,
  type Keys,
} from '#lib/keys';
import { createTestDatabase, plantSigningKey, type TestDatabase } from '../../e2e/harness/index.ts';

const MINUTE_MS = 60_000;
const PLACE = { purpose: 'test', record: 'one' };

let db: TestDatabase;
let keysDir: string;
let now = Date.parse('2026-11-21T00:00:00Z');
const opened: Keys[] = [];

beforeAll(async () => {
  db = await createTestDatabase();
  keysDir = await mkdtemp(join(tmpdir(), 'keys-'));
});
afterAll(async () => {
  for (const keys of opened) keys.close();
  await db.close();
  await rm(keysDir, { recursive: true });
});

async function start(database: Database = db.database): Promise<Keys> {
  const keys = createKeys({
    database,
    provider: createLocalKeyProvider({ keysDir }),
    clock: { now: () => now },
  });
  await keys.start();
  opened.push(keys);
  return keys;
}

async function tenantWithKeys(keys: Keys): Promise<TenantId> {
  const { id } = await db.tenant();
  await keys.createTenantKeys(id);
  return id;
}

async function personOf(keys: Keys, tenant: TenantId): Promise<PersonId> {
  const person = randomUUID() as PersonId;
  await db.database
    .tenantDb(tenant)
    .transaction(async (tx) => await keys.createPersonKey(tx, tenant, person));
  return person;
}

async function keyFileOf(tenant: TenantId): Promise<string> {
  const name = (await readdir(keysDir)).find((each) => each.startsWith(tenant));
  return join(keysDir, name ?? 'none');
}

describe('a tenant’s keys', () => {
  it('seal what another process of the same instance opens', async () => {
    const [one, other] = [await start(), await start()];
    const tenant = await tenantWithKeys(one);
    const sealed = await one.seal(tenant, PLACE, utf8('hello'));
    expect(Buffer.from(await other.open(tenant, PLACE, sealed)).toString()).toBe('hello');
    expect(await one.check(tenant)).toEqual({ ok: true, value: undefined });
  });

  it('are made once, however many ask at the same moment, and leave one file', async () => {
    const { id } = await db.tenant();
    const all = await Promise.all([start(), start(), start()]);
    await Promise.all(all.map(async (keys) => await keys.createTenantKeys(id)));
    await all[0].createTenantKeys(id);
    expect((await readdir(keysDir)).filter((name) => name.startsWith(id))).toHaveLength(1);
    const sealed = await all[0].seal(id, PLACE, utf8('x'));
    expect(await all[2].open(id, PLACE, sealed)).toBeDefined();
  });

  it('stand in a file that only its owner reads, and in the database only wrapped', async () => {
    const keys = await start();
    const tenant = await tenantWithKeys(keys);
    const file = await keyFileOf(tenant);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const { key } = JSON.parse(await readFile(file, 'utf8')) as { key: string };
    const rows = await db.database.tenantDb(tenant).read(async (client) => await client.dataKey.findMany());
    expect(rows.map(({ purpose }) => purpose).toSorted()).toEqual(['archive', 'data', 'lookup']);
    for (const { wrapped } of rows)
      expect(Buffer.from(wrapped).includes(Buffer.from(key, 'base64url'))).toBe(false);
  });

  it('open nothing of another tenant, purpose or record', async () => {
    const keys = await start();
    const [one, other] = [await tenantWithKeys(keys), await tenantWithKeys(keys)];
    const sealed = await keys.seal(one, PLACE, utf8('x'));
    await expect(keys.open(other, PLACE, sealed)).rejects.toThrow(EnvelopeError);
    await expect(keys.open(one, { ...PLACE, purpose: 'other' }, sealed)).rejects.toThrow(EnvelopeError);
    await expect(keys.open(one, { ...PLACE, record: 'two' }, sealed)).rejects.toThrow(EnvelopeError);
    expect(await keys.tryOpen(other, PLACE, sealed)).toBeUndefined();
    expect(await keys.tryOpen(one, PLACE, utf8('nonsense'))).toBeUndefined();
    expect(await keys.tryOpen(one, PLACE, sealed)).toBeDefined();
  });

  it('rotate: what was sealed before still opens, here and on other replicas', async () => {
    const [one, other] = [await start(), await start(await db.replica())];
    const tenant = await tenantWithKeys(one);
    const before = await one.seal(tenant, PLACE, utf8('before'));
    await other.open(tenant, PLACE, before);
    now += 2_000;
    await one.rotateDataKey(tenant);
    const after = await one.seal(tenant, PLACE, utf8('after'));
    const kidOf = (envelope: Uint8Array) =>
      /"kid":"([^"]+)"/.exec(Buffer.from(envelope).toString('latin1'))?.[1];
    expect(kidOf(after)).not.toBe(kidOf(before));
    for (const keys of [one, other, await start()]) {
      expect(Buffer.from(await keys.open(tenant, PLACE, before)).toString()).toBe('before');
      expect(Buffer.from(await keys.open(tenant, PLACE, after)).toString()).toBe('after');
    }
  });

  it('look things up by an HMAC that differs by tenant and kind', async () => {
    const keys = await start();
    const [one, other] = [await tenantWithKeys(keys), await tenantWithKeys(keys)];
    const mine = await keys.lookup(one, 'email', 'alice@example.com');
    expect(await (await start()).lookup(one, 'email', 'alice@example.com')).toEqual(mine);
    expect(await keys.lookup(one, 'person', 'alice@example.com')).not.toEqual(mine);
    expect(await keys.lookup(other, 'email', 'alice@example.com')).not.toEqual(mine);
    expect(mine).toHaveLength(32);
  });
});

describe('a key file', () => {
  let tenant: TenantId;
  let neighbour: TenantId;
  let file: string;
  beforeEach(async () => {
    const keys = await start();
    tenant = await tenantWithKeys(keys);
    neighbour = await tenantWithKeys(keys);
    file = await keyFileOf(tenant);
  });

  async function expectRefused(kind: string, words: RegExp): Promise<void> {
    const keys = await start();
    expect(await keys.check(tenant)).toMatchObject({ ok: false, error: { kind, tenant } });
    const refusal = keys.seal(tenant, PLACE, utf8('x'));
    await expect(refusal).rejects.toThrow(KeyUnavailable);
    await expect(refusal).rejects.toThrow(words);
    expect(await keys.check(neighbour)).toMatchObject({ ok: true });
    expect(await keys.seal(neighbour, PLACE, utf8('x'))).toBeDefined();
  }

  it('that is missing refuses its tenant alone, and says where it was looked for', async () => {
    await rm(file);
    await expectRefused('missing', /does not exist: check KEYS_DIR/);
  });

  it('of another tenant under its name refuses its tenant alone', async () => {
    await copyFile(await keyFileOf(neighbour), file);
    await expectRefused('wrong', /another tenant or version/);
  });

  it('with other bytes refuses its tenant alone', async () => {
    const content = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    await writeFile(file, JSON.stringify({ ...content, key: Buffer.alloc(32, 7).toString('base64url') }));
    await expectRefused('wrong', /not the one its data was sealed with/);
  });

  it('that is damaged refuses its tenant alone', async () => {
    await writeFile(file, (await readFile(file, 'utf8')).slice(0, 40));
    await expectRefused('unreadable', /is damaged/);
  });

  it('that everybody on the machine can read refuses its tenant alone', async () => {
    await chmod(file, 0o644);
    await expectRefused('unreadable', /chmod 600/);
  });

  it('that comes back is good again, without a restart', async () => {
    const keys = await start();
    await rename(file, `${file}.away`);
    await expect(keys.seal(tenant, PLACE, utf8('x'))).rejects.toThrow(KeyUnavailable);
    await rename(`${file}.away`, file);
    expect(await keys.seal(tenant, PLACE, utf8('x'))).toBeDefined();
  });
});

describe('plaintext keys', () => {
  it('are forgotten after five minutes: a key file that was taken away then refuses', async () => {
    const keys = await start();
    const tenant = await tenantWithKeys(keys);
    await keys.seal(tenant, PLACE, utf8('x'));
    await rm(await keyFileOf(tenant));
    expect(await keys.seal(tenant, PLACE, utf8('x'))).toBeDefined();
    now += 5 * MINUTE_MS;
    await expect(keys.seal(tenant, PLACE, utf8('x'))).rejects.toThrow(KeyUnavailable);
  });

  it('are handed out for at least two minutes and at most five', async () => {
    const keys = await start();
    const tenant = await tenantWithKeys(keys);
    await keys.sealer(tenant, 'archive');
    now += 3 * MINUTE_MS - 1;
    const late = await keys.sealer(tenant, 'archive');
    now += 2 * MINUTE_MS;
    const sealed = late.seal(PLACE, utf8('x'));
    expect(Buffer.from(late.open(PLACE, sealed)).toString()).toBe('x');
    now += 1;
    expect(() => late.seal(PLACE, utf8('x'))).toThrow(StaleSealer);
    expect(() => late.open(PLACE, sealed)).toThrow(StaleSealer);
    const fresh = await keys.sealer(tenant, 'archive');
    expect(Buffer.from(fresh.open(PLACE, sealed)).toString()).toBe('x');
  });
});

describe('a person’s key', () => {
  it('opens what it sealed, and neither another person’s nor the tenant’s', async () => {
    const keys = await start();
    const tenant = await tenantWithKeys(keys);
    const [alice, bob] = [await personOf(keys, tenant), await personOf(keys, tenant)];
    const ofAlice = await keys.sealer(tenant, { person: alice });
    const ofBob = await keys.sealer(tenant, { person: bob });
    const sealed = ofAlice?.seal(PLACE, utf8('about alice')) ?? new Uint8Array();
    expect(Buffer.from(ofAlice?.open(PLACE, sealed) ?? []).toString()).toBe('about alice');
    expect(() => ofBob?.open(PLACE, sealed)).toThrow(EnvelopeError);
    await expect(keys.open(tenant, PLACE, sealed)).rejects.toThrow(EnvelopeError);
    expect(() => ofAlice?.open({ ...PLACE, record: 'two' }, sealed)).toThrow(EnvelopeError);
  });

  it('does not exist for someone who has none', async () => {
    const keys = await start();
    const tenant = await tenantWithKeys(keys);
    expect(await keys.sealer(tenant, { person: randomUUID() as PersonId })).toBeUndefined();
  });

  it('is gone once destroyed: through caches, for sealers in hand, and on other replicas', async () => {
    const [here, there] = [await start(), await start(await db.replica())];
    const tenant = await tenantWithKeys(here);
    const alice = await personOf(here, tenant);
    const [sealerHere, sealerThere] = [
      await here.sealer(tenant, { person: alice }),
      await there.sealer(tenant, { person: alice }),
    ];
    const sealed = sealerHere?.seal(PLACE, utf8('about alice')) ?? new Uint8Array();
    expect(sealerThere?.open(PLACE, sealed)).toBeDefined();

    await db.database
      .tenantDb(tenant)
      .transaction(async (tx) => await here.destroyPersonKey(tx, tenant, alice));
    expect(() => sealerHere?.open(PLACE, sealed)).toThrow(StaleSealer);
    expect(await here.sealer(tenant, { person: alice })).toBeUndefined();
    await expect.poll(async () => await there.sealer(tenant, { person: alice })).toBeUndefined();
    expect(() => sealerThere?.open(PLACE, sealed)).toThrow(StaleSealer);
    expect(await (await start()).sealer(tenant, { person: alice })).toBeUndefined();
    // A batch that was already being made does not fail over it.
    expect(sealerHere?.seal(PLACE, utf8('x'))).toBeDefined();
  });

  it('stays when its destruction is rolled back', async () => {
    const keys = await start();
    const tenant = await tenantWithKeys(keys);
    const alice = await personOf(keys, tenant);
    const sealed = (await keys.sealer(tenant, { person: alice }))?.seal(PLACE, utf8('x')) ?? new Uint8Array();
    const attempt = db.database.tenantDb(tenant).transaction(async (tx) => {
      await keys.destroyPersonKey(tx, tenant, alice);
      throw new Error('rolled back');
    });
    await expect(attempt).rejects.toThrow('rolled back');
    expect((await keys.sealer(tenant, { person: alice }))?.open(PLACE, sealed)).toBeDefined();
  });

  it('is dropped when its person is revoked, should the notification be lost', async () => {
    const [here, there] = [await start(), await start(await db.replica())];
    const tenant = await tenantWithKeys(here);
    const alice = await personOf(here, tenant);
    const sealer = await there.sealer(tenant, { person: alice });
    const sealed = sealer?.seal(PLACE, utf8('x')) ?? new Uint8Array();
    await db.database.tenantDb(tenant).transaction(async (tx) => {
      await tx.personKey.deleteMany({ where: { personId: alice } });
      await db.database.revocations.revoke(tx, { tenant, kind: 'person', subject: alice });
    });
    await expect.poll(async () => await there.sealer(tenant, { person: alice })).toBeUndefined();
    expect(() => sealer?.open(PLACE, sealed)).toThrow(StaleSealer);
  });

  it('can’t be put in another person’s row', async () => {
    const keys = await start();
    const tenant = await tenantWithKeys(keys);
    const [alice, bob] = [await personOf(keys, tenant), await personOf(keys, tenant)];
    await db.database.tenantDb(tenant).transaction(async (tx) => {
      const row = await tx.personKey.findFirstOrThrow({ where: { personId: alice } });
      await tx.personKey.updateMany({
        where: { personId: bob },
        data: { id: row.id, wrapped: row.wrapped },
      });
    });
    await expect(keys.sealer(tenant, { person: bob })).rejects.toThrow(EnvelopeError);
  });
});

describe('a signing key', () => {
  it('signs inside the transaction that makes it, is in force once activated, and retires its predecessor', async () => {
    const keys = await start();
    const tenant = await tenantWithKeys(keys);
    const make = async () =>
      await db.database.tenantDb(tenant).transaction(async (tx) => {
        const key = await keys.createSigningKey(tx, tenant, 'mint');
        const signer = await keys.signerByKid(tenant, key.kid);
        const jwk = createPublicKey({ key: { ...key.publicJwk }, format: 'jwk' });
        expect(verify(null, utf8('message'), jwk, signer.sign(utf8('message')))).toBe(true);
        expect(key.kid).toBe(await calculateJwkThumbprint({ ...key.publicJwk }));
        return key;
      });
    const activate = async (kid: string) => {
      await db.database
        .tenantDb(tenant)
        .transaction(
          async (tx) => await keys.activateSigningKey(tx, tenant, kid, { retirePredecessor: true }),
        );
    };
    const first = await make();
    await expect(keys.signer(tenant, 'mint')).rejects.toThrow(/no mint key/);
    expect(await keys.inactiveKeys(tenant, 'mint')).toEqual([first]);
    await activate(first.kid);
    expect((await keys.signer(tenant, 'mint')).kid).toBe(first.kid);
    expect(keys.cachedSigner(tenant, 'mint')?.kid).toBe(first.kid);

    now += 1;
    const second = await make();
    await activate(second.kid);
    expect((await keys.signer(tenant, 'mint')).kid).toBe(second.kid);
    expect((await (await start()).signer(tenant, 'mint')).kid).toBe(second.kid);
    const published = async () =>
      (await keys.publicKeys(tenant, 'mint')).map(({ kid, state }) => [kid, state]);
    expect(await published()).toEqual([
      [second.kid, 'active'],
      [first.kid, 'retired'],
    ]);
    now += 60 * MINUTE_MS;
    expect(await published()).toEqual([[second.kid, 'active']]);
    expect((await keys.signerByKid(tenant, first.kid)).kid).toBe(first.kid);
    await expect(activate(second.kid)).rejects.toThrow(/no inactive signing key/);
  });

  it('is of one tenant', async () => {
    const keys = await start();
    const [one, other] = [await tenantWithKeys(keys), await tenantWithKeys(keys)];
    const key = await db.database
      .tenantDb(one)
      .transaction(async (tx) => await keys.createSigningKey(tx, one, 'receipt'));
    await expect(keys.signerByKid(other, key.kid)).rejects.toThrow(/no signing key/);
    expect(await keys.publicKeys(other, 'receipt')).toEqual([]);
  });

  it('is refused when its sealed part is not that of its public part', async () => {
    const keys = await start();
    const tenant = await tenantWithKeys(keys);
    const [one, other] = await db.database
      .tenantDb(tenant)
      .transaction(async (tx) => [
        await keys.createSigningKey(tx, tenant, 'log'),
        await keys.createSigningKey(tx, tenant, 'log'),
      ]);
    await db.database.tenantDb(tenant).transaction(async (tx) => {
      const row = await tx.signingKey.findFirstOrThrow({ where: { kid: one?.kid ?? '' } });
      await tx.signingKey.updateMany({ where: { kid: other?.kid ?? '' }, data: { sealed: row.sealed } });
    });
    await expect((await start()).signerByKid(tenant, other?.kid ?? '')).rejects.toThrow(EnvelopeError);
  });

  it('is for one use: a row that says another makes it none, whoever has used it before', async () => {
    const keys = await start();
    const tenant = await tenantWithKeys(keys);
    const [mint, own] = await db.database.tenantDb(tenant).transaction(async (tx) => {
      const made = [];
      for (const purpose of ['mint', 'access-token'] as const) {
        const { kid } = await keys.createSigningKey(tx, tenant, purpose);
        await keys.activateSigningKey(tx, tenant, kid, { retirePredecessor: true });
        made.push(kid);
      }
      return made;
    });
    await keys.publicKeys(tenant, 'mint');
    const update =
      "update signing_key set purpose = 'access-token', activated_at = now() where tenant_id = $1";
    await db.database.tenantDb(tenant).sql(update, [tenant]);
    for (const each of [keys, await start()]) {
      expect((await each.publicKeys(tenant, 'access-token')).map(({ kid }) => kid)).toEqual([own]);
      expect((await each.signer(tenant, 'access-token')).kid).toBe(own);
      expect(await each.publicKeys(tenant, 'mint')).toEqual([]);
      expect((await each.describe(tenant)).foreign).toEqual([mint]);
    }
  });

  it('that somebody wrote into the table is none, whatever it says of itself', async () => {
    const keys = await start();
    const tenant = await tenantWithKeys(keys);
    const own = await db.database.tenantDb(tenant).transaction(async (tx) => {
      const { kid } = await keys.createSigningKey(tx, tenant, 'mint');
      await keys.activateSigningKey(tx, tenant, kid, { retirePredecessor: true });
      return kid;
    });
    const tenantDb = db.database.tenantDb(tenant);
    const { kid, jwk } = await plantSigningKey(tenantDb, 'mint');
    const { kid: inactive } = await plantSigningKey(tenantDb, 'mint', 'inactive');
    await tenantDb.sql('update signing_key set public_jwk = $2 where tenant_id = $1 and kid = $3', [
      tenant,
      JSON.stringify(jwk),
      own,
    ]);
    expect((await keys.signer(tenant, 'mint')).kid).toBe(own);
    const published = await keys.publicKeys(tenant, 'mint');
    expect(
      await Promise.all(published.map(({ publicJwk }) => calculateJwkThumbprint({ ...publicJwk }))),
    ).toEqual([own]);
    expect(await keys.inactiveKeys(tenant, 'mint')).toEqual([]);
    const facts = await keys.describe(tenant);
    expect(facts.signing.map((key) => [key.kid, key.publicJwk])).toEqual([[own, published[0]?.publicJwk]]);
    expect(facts.foreign.toSorted()).toEqual([kid, inactive].toSorted());
    await expect(keys.signerByKid(tenant, kid)).rejects.toThrow(EnvelopeError);
  });

  it('that was sealed before its place named the use is still the tenant’s', async () => {
    const keys = await start();
    const tenant = await tenantWithKeys(keys);
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const { d = '' } = privateKey.export({ format: 'jwk' });
    const { x = '' } = publicKey.export({ format: 'jwk' });
    const jwk = { kty: 'OKP', crv: 'Ed25519', x } as const;
    const kid = await calculateJwkThumbprint(jwk);
    const sealed = await keys.seal(
      tenant,
      { purpose: 'signing-key', record: kid },
      Buffer.from(d, 'base64url'),
    );
    await db.database.tenantDb(tenant).sql(
      `insert into signing_key (tenant_id, kid, purpose, algorithm, public_jwk, sealed, state)
       values ($1, $2, 'receipt', 'Ed25519', $3, $4, 'active')`,
      [tenant, kid, JSON.stringify(jwk), sealed],
    );
    expect(await keys.publicKeys(tenant, 'receipt')).toMatchObject([{ kid, publicJwk: jwk }]);
    const signature = (await keys.signerByKid(tenant, kid)).sign(utf8('message'));
    expect(verify(null, utf8('message'), publicKey, signature)).toBe(true);
  });

  it('changes on other replicas, too', async () => {
    const [here, there] = [await start(), await start(await db.replica())];
    const tenant = await tenantWithKeys(here);
    const make = async () => {
      now += 1;
      return await db.database.tenantDb(tenant).transaction(async (tx) => {
        const { kid } = await here.createSigningKey(tx, tenant, 'mint');
        await here.activateSigningKey(tx, tenant, kid, { retirePredecessor: true });
        return kid;
      });
    };
    const first = await make();
    expect((await there.signer(tenant, 'mint')).kid).toBe(first);
    const second = await make();
    await expect.poll(async () => (await there.signer(tenant, 'mint')).kid).toBe(second);
  });
});

describe('a tenant’s keys that are destroyed', () => {
  it('open nothing on any replica, nor from rows of a backup, and are not made again', async () => {
    const [here, there] = [await start(), await start(await db.replica())];
    const tenant = await tenantWithKeys(here);
    const person = await personOf(here, tenant);
    const sealed = await here.seal(tenant, PLACE, utf8('secret'));
    const sealer = (await there.sealer(tenant, { person }))!;
    const personal = sealer.seal(PLACE, utf8('mine'));
    const key = await db.database
      .tenantDb(tenant)
      .transaction(async (tx) => await here.createSigningKey(tx, tenant, 'mint'));
    await there.signerByKid(tenant, key.kid);
    expect(Buffer.from(await there.open(tenant, PLACE, sealed)).toString()).toBe('secret');

    const tables = ['key_encryption_key', 'data_key', 'person_key', 'signing_key'] as const;
    const sql = db.database.tenantDb(tenant).sql;
    const backup = new Map<string, unknown>();
    for (const table of tables) {
      const [row] = await sql<{ rows: unknown }>(
        `select json_agg(t) as rows from ${table} t where tenant_id = $1`,
        [tenant],
      );
      backup.set(table, row?.rows);
    }
    const file = (await readdir(keysDir)).find((name) => name.startsWith(tenant)) ?? '';
    const copy = await readFile(join(keysDir, file), 'utf8');

    expect(await here.destroyTenantKeys(tenant)).toBe('destroyed');
    expect(await readdir(keysDir)).not.toContain(file);
    const states = await sql<{ state: string }>('select state from key_encryption_key where tenant_id = $1', [
      tenant,
    ]);
    expect(states).toEqual([{ state: 'destroyed' }]);
    await db.database.revocations.confirm();
    await expect.poll(() => sealerWorks()).toBe(false);
    for (const keys of [here, there]) {
      await expect(keys.open(tenant, PLACE, sealed)).rejects.toThrow(/were destroyed/);
      await expect(keys.signerByKid(tenant, key.kid)).rejects.toThrow(/no signing key/);
      expect((await keys.check(tenant)).ok).toBe(false);
    }
    await expect(here.createTenantKeys(tenant)).rejects.toThrow(/shredded/);
    expect(await here.destroyTenantKeys(tenant)).toBe('destroyed');

    // The database is restored, the key file is not.
    for (const table of tables) {
      await sql(
        `delete from ${table} where tenant_id = $1`.replace(
          'delete from key_encryption_key',
          "update key_encryption_key set state = 'active'",
        ),
        [tenant],
      );
      if (table !== 'key_encryption_key')
        await sql(`insert into ${table} select * from json_populate_recordset(null::${table}, $1)`, [
          JSON.stringify(backup.get(table) ?? []),
        ]);
    }
    for (const keys of [here, there]) {
      await expect(keys.open(tenant, PLACE, sealed)).rejects.toThrow(/does not exist/);
      await expect(keys.sealer(tenant, { person })).rejects.toThrow(KeyUnavailable);
      await expect(keys.signerByKid(tenant, key.kid)).rejects.toThrow(KeyUnavailable);
    }
    // The rows are whole: with the file they would open.
    await writeFile(join(keysDir, file), copy, { mode: 0o600 });
    expect(Buffer.from(await here.open(tenant, PLACE, sealed)).toString()).toBe('secret');

    function sealerWorks(): boolean {
      try {
        return sealer.open(PLACE, personal).length > 0;
      } catch {
        return false;
      }
    }
  });

  it('are scheduled until their provider has destroyed them', async () => {
    let destroysAt: number | undefined = now + 7 * 24 * 60 * MINUTE_MS;
    const local = createLocalKeyProvider({ keysDir });
    const keys = createKeys({
      database: db.database,
      clock: { now: () => now },
      provider: {
        ...local,
        destroy: async (key) =>
          destroysAt === undefined ? await local.destroy(key) : { scheduledFor: destroysAt },
      },
    });
    opened.push(keys);
    const tenant = await tenantWithKeys(keys);
    const sealed = await keys.seal(tenant, PLACE, utf8('secret'));
    expect(await keys.destroyTenantKeys(tenant)).toEqual({ scheduledFor: destroysAt });
    const state = async () =>
      await db.database
        .tenantDb(tenant)
        .sql('select state from key_encryption_key where tenant_id = $1', [tenant]);
    expect(await state()).toEqual([{ state: 'scheduled' }]);
    await expect(keys.open(tenant, PLACE, sealed)).rejects.toThrow(/were destroyed/);
    destroysAt = undefined;
    expect(await keys.destroyTenantKeys(tenant)).toBe('destroyed');
    expect(await state()).toEqual([{ state: 'destroyed' }]);
  });
});

describe('what people are shown of keys', () => {
  it('is when each was made and put in force, and its public half: nothing private, nothing wrapped', async () => {
    const keys = await start();
    const tenant = await tenantWithKeys(keys);
    const made = await db.database.tenantDb(tenant).transaction(async (tx) => {
      const first = await keys.createSigningKey(tx, tenant, 'mint');
      await keys.activateSigningKey(tx, tenant, first.kid, { retirePredecessor: true });
      const second = await keys.createSigningKey(tx, tenant, 'mint');
      await keys.activateSigningKey(tx, tenant, second.kid, { retirePredecessor: true });
      return { first, second };
    });
    await keys.rotateDataKey(tenant);
    const facts = await keys.describe(tenant);
    const byKid = new Map(facts.signing.map((key) => [key.kid, key]));
    expect(byKid.get(made.first.kid)).toMatchObject({ state: 'retired', retiredAt: now, activatedAt: now });
    expect(byKid.get(made.second.kid)).toMatchObject({ state: 'active', publicJwk: made.second.publicJwk });
    expect(byKid.get(made.second.kid)).not.toHaveProperty('retiredAt');
    const states = facts.sealing.filter(({ purpose }) => purpose === 'data').map(({ state }) => state);
    expect(states).toEqual(['active', 'retired']);
    expect(facts.encryption).toMatchObject([{ provider: 'local', state: 'active' }]);

    // Whatever the rows hold beyond that does not come along, not even under another name.
    const tables = ['signing_key', 'data_key', 'key_encryption_key'] as const;
    const secret = ['sealed', 'wrapped', 'check_value', 'reference'];
    const told = JSON.stringify(facts);
    for (const table of tables) {
      const rows = await db.database
        .tenantDb(tenant)
        .sql(`select * from ${table} where tenant_id = $1`, [tenant]);
      expect(rows.length).toBeGreaterThan(0);
      for (const [column, value] of rows.flatMap((row) => Object.entries(row as object))) {
        if (!secret.includes(column)) continue;
        const bytes = Buffer.from(value as Uint8Array | string);
        for (const text of [
          bytes.toString('utf8'),
          bytes.toString('base64'),
          bytes.toString('base64url'),
          bytes.toString('hex'),
        ])
          expect(told).not.toContain(text);
      }
    }
    const members = new Set(
      facts.signing.flatMap((key) => [...Object.keys(key), ...Object.keys(key.publicJwk)]),
    );
    expect([...members].toSorted()).toEqual(
      [
        'activatedAt',
        'createdAt',
        'crv',
        'kid',
        'kty',
        'publicJwk',
        'purpose',
        'retiredAt',
        'state',
        'x',
      ].toSorted(),
    );
  });

  it('is of one tenant only', async () => {
    const keys = await start();
    const [one, other] = [await tenantWithKeys(keys), await tenantWithKeys(keys)];
    const ids = async (tenant: TenantId) => (await keys.describe(tenant)).sealing.map(({ id }) => id);
    expect(new Set([...(await ids(one)), ...(await ids(other))]).size).toBe(
      (await ids(one)).length + (await ids(other)).length,
    );
  });
});
