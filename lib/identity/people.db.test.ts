import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClientId, PersonId } from '#lib/core';
import { UNUSED_AGENT_MS } from './constants.ts';
import { identityProviderSettings } from './provider-settings.ts';
import { startHostileProvider, type HostileProvider } from './testing/hostile-provider.ts';
import { createCookieJar, OPERATOR, setUp, type SetUp } from './testing/set-up.ts';
import type { PeopleCursor, SignInCompleted, TenantRecord } from './types.ts';

let site: SetUp;
let idp: HostileProvider;
let acme: TenantRecord;
let beta: TenantRecord;

beforeAll(async () => {
  site = await setUp();
  idp = await startHostileProvider();
  acme = await site.tenant('acme');
  beta = await site.tenant('beta');
  const settings = identityProviderSettings.parse({
    issuer: idp.issuer,
    clientId: 'countersign',
    clientAuthentication: 'none',
  });
  for (const tenant of [acme, beta]) {
    await site.deps.database
      .tenantDb(tenant.id)
      .transaction(
        async (tx) => await site.identity.providers.save(tx, tenant, settings, undefined, OPERATOR),
      );
  }
});

afterAll(async () => {
  await idp?.stop();
  await site?.close();
});

async function signIn(
  sub: string,
  jar = createCookieJar(),
  email = `${sub}@acme.example`,
): Promise<SignInCompleted> {
  const begun = await site.identity.sso.begin(acme, { returnTo: '/' });
  if (!begun.ok) throw new Error(begun.error.kind);
  jar.store(begun.value.setCookies);
  idp.lie({ claims: (claims) => ({ ...claims, sub, email, email_verified: true }) });
  const parameters = idp.callback(begun.value.redirectTo);
  const completed = await site.identity.sso.complete(acme, { parameters, readCookie: jar.read });
  if (!completed.ok) throw new Error(completed.error.kind);
  if ('tested' in completed.value) throw new Error('this was no test');
  jar.store(completed.value.setCookies);
  return completed.value;
}

describe('erasing a person', () => {
  it('ends everything, forgets who it was, and leaves a receipt and a line in the ledger', async () => {
    const jar = createCookieJar();
    const { person } = await signIn('erased', jar);
    const ended: string[] = [];
    site.deps.database.revocations.subscribe(
      ({ kind, subject }) => void (kind === 'person' && ended.push(subject)),
    );
    await site.identity.people.load(acme.id, person.id);

    const erased = await site.identity.people.erase(acme, { email: 'Erased@acme.example' }, OPERATOR);
    const at = erased.ok ? erased.value.at : 0;
    expect(erased).toEqual({
      ok: true,
      value: { reference: person.reference, at, backupsUntil: at + 30 * 86_400_000 },
    });

    expect(await site.identity.sessions.verify(acme, jar.read)).toBeUndefined();
    expect(await site.identity.people.load(acme.id, person.id)).toBeUndefined();
    expect(await site.identity.people.loadFresh(acme.id, person.id)).toBeUndefined();
    expect(await site.identity.people.find(acme, { email: 'erased@acme.example' })).toBeUndefined();
    expect(await site.identity.people.find(acme, { reference: person.reference })).toBeUndefined();
    expect(await site.deps.keys.sealer(acme.id, { person: person.id })).toBeUndefined();
    await site.deps.database.revocations.confirm();
    expect(ended).toContain(person.id);
    const ledger = await readFile(site.deps.erasureLedgerFile, 'utf8');
    expect(JSON.parse(ledger.trim())).toEqual({
      v: 1,
      at,
      tenant: acme.id,
      person: person.id,
      reference: person.reference,
    });
    await site.deps.receipts.flush(acme.id);
    const query = { viewer: { all: true }, filters: { kind: 'erasure' }, limit: 5 } as const;
    expect((await site.deps.receipts.search(acme.id, query)).entries).toMatchObject([{ mode: 'operator' }]);
  });

  it('makes a newcomer of whoever signs in again', async () => {
    const before = await signIn('returning');
    await site.identity.people.erase(acme, { reference: before.person.reference }, OPERATOR);
    const after = await signIn('returning');
    expect(after.person.id).not.toBe(before.person.id);
    expect(after.person.reference).not.toBe(before.person.reference);
  });

  it('names nobody twice, nobody unknown, and asks where an address was several people’s', async () => {
    const unknown = await site.identity.people.erase(acme, { email: 'nobody@acme.example' }, OPERATOR);
    expect(unknown).toMatchObject({ ok: false, error: { kind: 'not-found' } });
    const one = await signIn('first', createCookieJar(), 'shared@acme.example');
    const two = await signIn('second', createCookieJar(), 'shared@acme.example');
    const both = await site.identity.people.erase(acme, { email: 'shared@acme.example' }, OPERATOR);
    expect(both).toMatchObject({ ok: false, error: { kind: 'ambiguous' } });
    const message = both.ok ? '' : both.error.message;
    expect(message).toContain(one.person.reference);
    expect(message).toContain(two.person.reference);
    const selector = { issuer: idp.issuer, subject: 'first' };
    expect((await site.identity.people.erase(acme, selector, OPERATOR)).ok).toBe(true);
    expect(await site.identity.people.erase(acme, selector, OPERATOR)).toMatchObject({ ok: false });
  });

  it('is not for another tenant', async () => {
    const { person } = await signIn('stays');
    const selector = { reference: person.reference };
    expect(await site.identity.people.erase(beta, selector, OPERATOR)).toMatchObject({
      ok: false,
      error: { kind: 'not-found' },
    });
    expect(await site.identity.people.load(acme.id, person.id)).toBeDefined();
  });

  it('happens again after a restore that brought them back', async () => {
    const { person } = await signIn('restored');
    const db = site.deps.database.tenantDb(acme.id);
    const backup = await db.read(async (client) => ({
      person: await client.person.findFirstOrThrow({ where: { id: person.id } }),
      key: await client.personKey.findFirst({ where: { personId: person.id } }),
    }));
    await site.identity.people.erase(acme, { reference: person.reference }, OPERATOR);
    await db.transaction(async (tx) => {
      await tx.person.updateMany({ where: { id: person.id }, data: backup.person });
      if (backup.key) await tx.personKey.create({ data: backup.key });
    });
    expect(await site.identity.people.applyErasureLedger(acme, OPERATOR)).toBe(1);
    expect(await site.identity.people.applyErasureLedger(acme, OPERATOR)).toBe(0);
    expect(await site.identity.people.loadFresh(acme.id, person.id)).toBeUndefined();
    expect(await site.identity.people.applyErasureLedger(beta, OPERATOR)).toBe(0);
  });
});

describe('people', () => {
  it('are listed page by page, without those who were erased', async () => {
    const { person } = await signIn('listed');
    const all = await site.identity.people.list(acme, { limit: 100 });
    expect(all.map((record) => record.person.subject)).toContain('listed');
    expect(all.map((record) => record.person.subject)).not.toContain('erased');
    expect(all[0]?.person.subject).toBe('listed');
    const paged: string[] = [];
    for (let after: PeopleCursor | undefined; ;) {
      const [next] = await site.identity.people.list(acme, { limit: 1, ...(after && { after }) });
      if (next === undefined) break;
      paged.push(next.person.reference);
      after = { at: next.lastSignInAt ?? 0, reference: next.person.reference };
    }
    expect(paged).toEqual(all.map((record) => record.person.reference));
    expect(await site.identity.people.list(beta, { limit: 100 })).toEqual([]);
    const missing = await site.identity.people.setDisabled(beta, person.id, true, OPERATOR);
    expect(missing).toMatchObject({ ok: false, error: { kind: 'not-found' } });
  });

  it('lose every session by an admin’s word', async () => {
    const jars = [createCookieJar(), createCookieJar()];
    for (const jar of jars) await signIn('everywhere', jar);
    const { person } = await signIn('everywhere');
    expect(await site.identity.sessions.endAll(beta, person.id, OPERATOR)).toBe(0);
    expect(await site.identity.sessions.endAll(acme, person.id, OPERATOR)).toBe(3);
    for (const jar of jars) expect(await site.identity.sessions.verify(acme, jar.read)).toBeUndefined();
    expect(await site.identity.sessions.endAll(acme, person.id, OPERATOR)).toBe(0);
  });
});

describe('agents', () => {
  const ci = 'ci-bot' as ClientId;
  const draft = {
    clientId: ci,
    name: 'CI',
    metadata: { grant_types: ['client_credentials'] },
    secret: 'a-secret-long-enough',
  };
  const saveListed = async (changes: object = {}) =>
    await site.deps.database
      .tenantDb(acme.id)
      .transaction(
        async (tx) => await site.identity.agents.saveListed(tx, acme, { ...draft, ...changes }, OPERATOR),
      );

  it('of the tenant file are listed at once, and seen by every cache', async () => {
    expect(await site.identity.agents.load(acme.id, ci)).toBeUndefined();
    await saveListed();
    const record = await site.identity.agents.load(acme.id, ci);
    expect(record).toMatchObject({
      name: 'CI',
      origin: 'file',
      admission: 'listed',
      hasSecret: true,
      version: 1,
    });
    expect(site.identity.agents.cached(acme.id, ci)).toEqual(record);
    expect(record?.expiresAt).toBeUndefined();
    await saveListed({ name: 'CI 2', secret: undefined });
    expect(await site.identity.agents.load(acme.id, ci)).toMatchObject({
      name: 'CI 2',
      hasSecret: true,
      version: 2,
    });
    expect(await site.identity.agents.load(beta.id, ci)).toBeUndefined();
  });

  it('prove who they are by a secret that nobody stored', async () => {
    const { agents } = site.identity;
    expect(await agents.verifySecret(acme.id, ci, 'a-secret-long-enough')).toBe(true);
    expect(await agents.verifySecret(acme.id, ci, 'a-secret-long-enougX')).toBe(false);
    expect(await agents.verifySecret(acme.id, ci, '')).toBe(false);
    expect(await agents.verifySecret(beta.id, ci, 'a-secret-long-enough')).toBe(false);
    await expect(saveListed({ secret: 'short' })).rejects.toThrow('shorter than 16 characters');
    await saveListed({ secret: null });
    expect(await agents.verifySecret(acme.id, ci, 'a-secret-long-enough')).toBe(false);
  });

  it('have an owner who has signed in here and is active', async () => {
    const { person } = await signIn('owner');
    const set = async (owner: PersonId | undefined) =>
      await site.identity.agents.setOwner(acme, ci, owner, OPERATOR);
    expect(await set(person.id)).toMatchObject({ ok: true, value: { owner: person.id } });
    expect(await set('0198c0de-0000-7000-8000-000000000000' as PersonId)).toMatchObject({
      ok: false,
      error: { kind: 'owner-not-found' },
    });
    await site.identity.people.erase(acme, { reference: person.reference }, OPERATOR);
    const [record] = (await site.identity.agents.list(acme)).filter((each) => each.clientId === ci);
    expect(record?.owner).toBeUndefined();
  });

  it('that register themselves wait, may be admitted or refused, and expire unused', async () => {
    const { agents } = site.identity;
    const dynamic = (id: string) => ({ clientId: id as ClientId, name: 'Cursor', metadata: {} });
    expect(await agents.register(acme, dynamic('dyn-1'), 'pending')).toMatchObject({
      ok: true,
      value: { admission: 'pending', origin: 'dynamic' },
    });
    expect(await agents.register(acme, dynamic('dyn-1'), 'open')).toMatchObject({ ok: false });
    expect(await agents.register(acme, { ...dynamic(ci) }, 'open')).toMatchObject({ ok: false });
    expect(await agents.admit(acme, 'dyn-1' as ClientId, 'admitted', OPERATOR)).toMatchObject({
      ok: true,
      value: { admission: 'admitted' },
    });
    expect(await agents.admit(beta, 'dyn-1' as ClientId, 'refused', OPERATOR)).toMatchObject({
      ok: false,
      error: { kind: 'not-found' },
    });
    await agents.register(acme, dynamic('dyn-2'), 'open');
    await agents.register(acme, dynamic('dyn-3'), 'open');
    await agents.keep(acme.id, 'dyn-3' as ClientId);
    site.clock.pass(UNUSED_AGENT_MS);
    expect(await agents.load(acme.id, 'dyn-2' as ClientId)).toBeUndefined();
    expect(await agents.load(acme.id, 'dyn-3' as ClientId)).toBeDefined();
    expect(await agents.sweep(acme)).toBe(1);
    const ended: string[] = [];
    site.deps.database.revocations.subscribe(
      ({ kind, subject }) => void (kind === 'client' && ended.push(subject)),
    );
    await agents.admit(acme, 'dyn-1' as ClientId, 'refused', OPERATOR);
    expect((await agents.load(acme.id, 'dyn-1' as ClientId))?.admission).toBe('refused');
    await site.deps.database.revocations.confirm();
    expect(ended).toEqual(['dyn-1']);
  });

  it('that left the file are gone, and so are their grants', async () => {
    const db = site.deps.database.tenantDb(acme.id);
    const remove = async () =>
      await db.transaction(async (tx) => await site.identity.agents.removeListed(tx, acme, ci, OPERATOR));
    expect(await remove()).toBe(true);
    expect(await remove()).toBe(false);
    expect(await site.identity.agents.load(acme.id, ci)).toBeUndefined();
  });
});
