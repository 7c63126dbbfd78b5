import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '#lib/core';
import type { Database, TenantTransaction } from '#lib/db';
import { createKeys, createLocalKeyProvider, type Keys } from '#lib/keys';
import type { ReceiptDraft } from '#lib/receipts';
import { createTestDatabase, type TestDatabase } from '../../e2e/harness/index.ts';
import { sealActive } from './active-seal.ts';
import { createPolicy } from './create-policy.ts';
import { hashPolicies } from './hash-policies.ts';
import { AGENTS_FOR_USERS, call, ledger } from './testing/acme.ts';
import type { Policy, PolicyTexts } from './types.ts';

const author = { mode: 'operator' as const, workload: 'cli:test' };
const ALL = { all: 'permit (principal, action, resource);' };
const USERS = { agents: AGENTS_FOR_USERS, users: 'permit (principal is User, action, resource);' };

const keysDir = mkdtempSync(join(tmpdir(), 'countersign-policy-'));
let test: TestDatabase;
let keys: Keys;
let tenant: Awaited<ReturnType<TestDatabase['tenant']>>;
const staged: ReceiptDraft[] = [];
const logged: string[] = [];

async function makePolicy(database: Database, now = () => Date.now()): Promise<Policy> {
  return await createPolicy({
    database,
    keys,
    clock: { now },
    telemetry: { logger: { error: (_, message) => logged.push(message) } },
    receipts: {
      stage: async (_tx, _tenant, receipt) => {
        staged.push(receipt);
        return await Promise.resolve(receipt.id);
      },
    },
  });
}

const rows = async (sql: string, values: readonly unknown[] = []) =>
  await test.database.tenantDb(tenant.id).sql<Record<string, unknown>>(sql, [...values]);

async function save(policy: Policy, policies: PolicyTexts) {
  return await test.database
    .tenantDb(tenant.id)
    .transaction(async (tx) => await policy.save(tx, tenant.id, { policies, servers: [ledger], author }));
}

beforeAll(async () => {
  test = await createTestDatabase();
  keys = createKeys({
    database: test.database,
    provider: createLocalKeyProvider({ keysDir }),
    clock: systemClock,
  });
  tenant = await test.tenant();
  await keys.createTenantKeys(tenant.id);
});
afterAll(async () => {
  keys.close();
  await test.close();
  rmSync(keysDir, { recursive: true });
});

describe('versions of policies', () => {
  let policy: Policy;
  let owner: Awaited<ReturnType<TestDatabase['tenant']>>;
  const person = {
    id: '0190b2f0-0000-7000-8000-000000000001',
    reference: 'r',
    issuer: 'i',
    subject: 's',
    groups: [],
  } as unknown as NonNullable<ReceiptDraft['actor']['person']>;
  const admin = { mode: 'user' as const, person };
  const write = async <T>(act: (tx: TenantTransaction) => Promise<T>) =>
    await test.database.tenantDb(owner.id).transaction(act);
  const put = async (policies: PolicyTexts, who: ReceiptDraft['actor'] = author) =>
    await write((tx) => policy.save(tx, owner.id, { policies, servers: [ledger], author: who }));

  const activate = async (version: number, servers = [ledger]) =>
    await write((tx) => policy.activate(tx, owner.id, { version, servers, author: admin }));

  beforeAll(async () => {
    owner = await test.tenant('versions');
    await keys.createTenantKeys(owner.id);
    policy = await makePolicy(test.database);
    await put(ALL);
    await put({ ...USERS, all: 'permit (principal, action, resource) when { true };' }, admin);
    await put(USERS);
  });
  afterAll(() => policy.close());

  it('say who made each, and what it changed against what was in force', async () => {
    const { versions, next } = await policy.versions(owner.id);
    expect(next).toBeUndefined();
    expect(versions.map(({ version, active }) => [version, active])).toEqual([
      [3, true],
      [2, false],
      [1, false],
    ]);
    const made = versions.map(({ activations: [first] }) => [first?.author, first?.change]);
    expect(made).toEqual([
      [
        { mode: 'operator', workload: 'cli:test' },
        {
          policies: 2,
          added: [],
          changed: [],
          removed: ['all'],
          counts: { added: 0, changed: 0, removed: 1 },
        },
      ],
      [
        { mode: 'user', person: person.id },
        {
          policies: 3,
          added: ['agents', 'users'],
          changed: ['all'],
          removed: [],
          counts: { added: 2, changed: 1, removed: 0 },
        },
      ],
      [
        { mode: 'operator', workload: 'cli:test' },
        {
          policies: 1,
          added: ['all'],
          changed: [],
          removed: [],
          counts: { added: 1, changed: 0, removed: 0 },
        },
      ],
    ]);
    const receipts = new Set(staged.map(({ id }) => id));
    for (const { activations } of versions) expect(receipts.has(activations[0]?.receipt as never)).toBe(true);
  });

  it('come page by page', async () => {
    const first = await policy.versions(owner.id, { limit: 2 });
    expect([first.versions.map(({ version }) => version), first.next]).toEqual([[3, 2], 2]);
    const second = await policy.versions(owner.id, { limit: 2, before: first.next });
    expect([second.versions.map(({ version }) => version), second.next]).toEqual([[1], undefined]);
  });

  it('come into force again with a receipt that says so', async () => {
    expect(await activate(1)).toMatchObject({
      ok: true,
      value: { version: 1, changed: true },
    });
    expect(staged.at(-1)).toMatchObject({
      actor: admin,
      details: { action: 'policy.activate', version: 1, added: ['all'], removed: ['agents', 'users'] },
    });
    const active = await policy.version(owner.id, 'active');
    expect(active).toMatchObject({ version: 1, policies: ALL });
    expect(await policy.version(owner.id, { sha256: active!.sha256 })).toEqual(active);
    expect(await policy.version(owner.id, { sha256: '0'.repeat(64) })).toBeUndefined();
    const { versions } = await policy.versions(owner.id);
    expect(versions.at(-1)?.activations.map(({ number }) => number)).toEqual([1, 4]);
    expect(await activate(1)).toMatchObject({ ok: true, value: { changed: false } });
  });

  it('do not come into force when there is none of that number, or the servers no longer bear it out', async () => {
    expect(await activate(99)).toEqual({ ok: false, error: { kind: 'missing' } });
    await put({ named: 'permit (principal, action, resource in Server::"ledger");' });
    await put(ALL);
    const before = await policy.version(owner.id, 'active');
    expect(await activate(4, [])).toMatchObject({
      ok: false,
      error: { kind: 'invalid', problems: [{ policyId: 'named', message: "no Server 'ledger' is pinned" }] },
    });
    expect(await policy.version(owner.id, 'active')).toEqual(before);
  });

  it("are a tenant's own", async () => {
    expect((await policy.versions(tenant.id)).versions).toEqual([]);
    expect(await policy.version(tenant.id, 1)).toBeUndefined();
  });
});

describe('stored policies', () => {
  const read = call('read_balance', { account: 'a' });

  it('deny everything while there are none', async () => {
    const policy = await makePolicy(test.database);
    expect(policy.cachedEngine(tenant.id)).toBeUndefined();
    const engine = await policy.engine(tenant.id);
    expect(engine.decide(read).effect).toBe('deny');
    expect([engine.version, engine.setSha256]).toEqual([0, expect.stringMatching(/^[0-9a-f]{64}$/)]);
    policy.close();
  });

  it('are versions that stay, one of them active, each change receipted', async () => {
    staged.length = 0;
    const policy = await makePolicy(test.database);
    const first = await save(policy, ALL);
    expect(first).toMatchObject({ ok: true, value: { version: 1, changed: true } });
    expect(await save(policy, ALL)).toMatchObject({ ok: true, value: { version: 1, changed: false } });
    expect(await save(policy, USERS)).toMatchObject({ ok: true, value: { version: 2, changed: true } });
    expect(await save(policy, ALL)).toMatchObject({ ok: true, value: { version: 1, changed: true } });
    expect(
      staged.map(({ details }) => [details?.['version'], details?.['added'], details?.['removed']]),
    ).toEqual([
      [1, ['all'], []],
      [2, ['agents', 'users'], ['all']],
      [1, ['all'], ['agents', 'users']],
    ]);
    const sets = await test.database
      .tenantDb(tenant.id)
      .read(async (client) => await client.policySet.findMany());
    expect(sets.filter(({ active }) => active)).toHaveLength(1);
    const decision = (await policy.engine(tenant.id)).decide(read);
    expect([decision.effect, decision.setSha256]).toEqual(['allow', first.ok && first.value.sha256]);
    policy.close();
  });

  it('refuse as a whole what is wrong in one policy, and change nothing', async () => {
    const policy = await makePolicy(test.database);
    const before = (await policy.engine(tenant.id)).setSha256;
    const refused = await save(policy, {
      ...USERS,
      bad: '@limit("3") permit (principal, action, resource);',
    });
    expect(refused).toMatchObject({ ok: false, error: [{ policyId: 'bad', line: 1, column: 1 }] });
    expect((await policy.engine(tenant.id)).setSha256).toBe(before);
    policy.close();
  });

  it('take effect on every replica, also when the word is lost', async () => {
    const policy = await makePolicy(test.database);
    let time = 1_000;
    const other = await makePolicy(await test.replica(), () => time);
    expect((await other.engine(tenant.id)).decide(read).effect).toBe('allow');
    const old = other.cachedEngine(tenant.id);
    // The row as it is in force; what is put back whole is believed again.
    const seal = (await rows('select seal from policy_set where active'))[0]?.['seal'];
    await save(policy, { none: 'forbid (principal, action, resource);' });
    await expect.poll(async () => (await other.engine(tenant.id)).decide(read).effect).toBe('deny');
    expect(other.cachedEngine(tenant.id)).not.toBe(old);
    await rows(
      'update policy_set set active = not active, seal = case when active then null else $1::bytea end where version in (1, 3)',
      [seal],
    );
    expect((await other.engine(tenant.id)).decide(read).effect).toBe('deny');
    time += 6_000;
    expect((await other.engine(tenant.id)).decide(read).effect).toBe('allow');
    time += 60_000;
    expect(other.cachedEngine(tenant.id)).toBeUndefined();
    await other.engine(tenant.id);
    policy.close();
    other.close();
  });

  it('deny everything when the stored set is not what its hash says, and are shown to nobody under it', async () => {
    const policy = await makePolicy(test.database);
    await save(policy, ALL);
    const { setSha256 } = await policy.engine(tenant.id);
    const more = { ...ALL, more: 'permit (principal, action, resource);' };
    const db = test.database.tenantDb(tenant.id);
    await db.sql('update policy_set set policies = $1 where active', [JSON.stringify(more)]);
    const other = await makePolicy(test.database);
    const engine = await other.engine(tenant.id);
    expect(engine.setSha256).toBe(hashPolicies(more));
    expect(engine.decide(read).reasons[0]).toContain('not those that were put in force here');
    expect(engine.decide(read).effect).toBe('deny');
    expect(await other.version(tenant.id, { sha256: setSha256 })).toBeUndefined();
    await db.sql('update policy_set set policies = $1 where active', [JSON.stringify(ALL)]);
    policy.close();
    other.close();
  });

  it('that something else put in force deny everything, and give on nothing that permits', async () => {
    const policy = await makePolicy(test.database);
    const policies = { ...ALL, never: 'forbid (principal, action, resource);' };
    await save(policy, policies);
    expect(await policy.isSaved(tenant.id)).toBe(true);
    await rows('update policy_set set seal = null');
    logged.length = 0;
    const other = await makePolicy(test.database);
    expect((await other.engine(tenant.id)).decide(read)).toMatchObject({ effect: 'deny', policies: [] });
    expect(logged).toEqual([expect.stringContaining('not those that were put in force here')]);
    expect(await other.isSaved(tenant.id)).toBe(false);
    const active = await test.database
      .tenantDb(tenant.id)
      .read(async (client) => await other.activeIn(client, tenant.id));
    expect(active).toMatchObject({ isSaved: false, texts: { never: policies.never }, leftOut: ['all'] });
    // The same once more is a change, for it was not in force.
    const again = await save(other, policies);
    expect(again).toMatchObject({ ok: true, value: { changed: true } });
    expect(staged.at(-1)?.details).toMatchObject({ action: 'policy.activate', previous: 'altered' });
    expect(await other.isSaved(tenant.id)).toBe(true);
    await save(policy, ALL);
    policy.close();
    other.close();
  });

  it('that something else took out of force are missed, and what they forbid is not forgotten', async () => {
    const policy = await makePolicy(test.database);
    const policies = { ...ALL, never: 'forbid (principal, action, resource);' };
    await save(policy, { ...ALL, later: 'permit (principal is User, action, resource);' });
    await save(policy, policies);
    await rows('update policy_set set active = false');
    const other = await makePolicy(test.database);
    expect(await other.isSaved(tenant.id)).toBe(false);
    expect((await other.engine(tenant.id)).decide(read).reasons[0]).toContain(
      'not those that were put in force',
    );
    const active = await test.database
      .tenantDb(tenant.id)
      .read(async (client) => await other.activeIn(client, tenant.id));
    expect(active).toMatchObject({ isSaved: false, texts: { never: policies.never }, leftOut: ['all'] });
    // What comes into force then is the only one that has a seal.
    await save(other, ALL);
    expect(await rows('select active from policy_set where seal is not null')).toEqual([{ active: true }]);
    expect(await other.isSaved(tenant.id)).toBe(true);
    policy.close();
    other.close();
  });

  it('deny everything when the stored set has an annotation that nothing enforces', async () => {
    const annotated = { ...ALL, shadow: '@enforcement("shadow") permit (principal, action, resource);' };
    const sha256 = hashPolicies(annotated);
    const seal = await sealActive(keys, tenant.id, { sha256, version: 1 });
    await rows('update policy_set set policies = $1, sha256 = $2, seal = $3 where active', [
      JSON.stringify(annotated),
      sha256,
      seal,
    ]);
    const policy = await makePolicy(test.database);
    const decision = (await policy.engine(tenant.id)).decide(read);
    expect(decision).toMatchObject({ effect: 'deny', hidden: false });
    expect(decision.reasons[0]).toContain('@enforcement is not an annotation that is enforced here');
    policy.close();
  });
});
