import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TenantSlug } from '#lib/core';
import { createAddresses } from '#lib/edge';
import { createIdentity } from './identity.ts';
import { OPERATOR, setUp, type SetUp } from './testing/set-up.ts';

let site: SetUp;

beforeAll(async () => {
  site = await setUp();
});

afterAll(async () => {
  await site?.close();
});

const slug = (text: string) => text as TenantSlug;

it('a tenant is made with its keys, its log and a receipt of that', async () => {
  const acme = await site.tenant('acme');
  expect(acme).toMatchObject({
    slug: 'acme',
    issuer: 'http://localhost:3000/t/acme',
    canonicalUrl: 'http://localhost:3000/t/acme',
    state: 'active',
  });
  await site.deps.receipts.flush(acme.id);
  const query = { viewer: { all: true }, filters: { kind: 'admin' }, limit: 5 } as const;
  expect((await site.deps.receipts.search(acme.id, query)).entries).toMatchObject([{ mode: 'operator' }]);
});

it('making it again, also at the same instant, makes it once', async () => {
  const made = await Promise.all([site.tenant('twice'), site.tenant('twice'), site.tenant('twice')]);
  expect(new Set(made.map((each) => each.id)).size).toBe(1);
  expect((await site.tenant('twice')).id).toBe(made[0]?.id);
});

it('as many as there are connections are made at once', async () => {
  const made = await Promise.all(Array.from({ length: 12 }, (_, index) => site.tenant(`many-${index}`)));
  expect(new Set(made.map(({ id }) => id)).size).toBe(12);
});

it('one that a crash left half made is finished', async () => {
  const half = {
    id: '0198c0de-0000-4000-8000-000000000001',
    slug: 'half',
    issuer: 'http://localhost:3000/t/half',
    canonicalUrl: 'http://localhost:3000/t/half',
    displayName: 'Half',
    state: 'creating',
  };
  await site.deps.database.systemDb.read(async (client) => await client.tenant.create({ data: half }));
  expect((await site.identity.tenants.bySlug(slug('half')))?.state).toBe('creating');
  expect(await site.tenant('half')).toMatchObject({ id: half.id, state: 'active' });
  expect((await site.identity.tenants.bySlug(slug('half')))?.state).toBe('active');
});

it('is found by slug, from the cache the second time; what is not there is known, too', async () => {
  const { tenants } = site.identity;
  await site.tenant('found');
  expect(tenants.cachedBySlug(slug('found'))).toBeUndefined();
  // The announcement of its making may still be on its way, and empties the cache once more.
  await expect
    .poll(async () => [await tenants.bySlug(slug('found')), tenants.cachedBySlug(slug('found'))?.slug])
    .toMatchObject([{ displayName: 'found' }, 'found']);
  expect(await tenants.bySlug(slug('nobody'))).toBeUndefined();
  expect(tenants.cachedBySlug(slug('nobody'))).toBeNull();
  await site.tenant('nobody');
  expect((await tenants.bySlug(slug('nobody')))?.slug).toBe('nobody');
});

it('the instance’s own tenant has no address', async () => {
  const instance = await site.identity.tenants.instance();
  expect(instance).toMatchObject({ slug: '_instance', state: 'active' });
  expect((await site.identity.tenants.instance()).id).toBe(instance.id);
  expect(await site.identity.tenants.bySlug(slug('_instance'))).toBeUndefined();
  expect(site.identity.tenants.cachedBySlug(slug('_instance'))).toBeNull();
  expect((await site.identity.tenants.list()).map((tenant) => tenant.slug)).not.toContain('_instance');
});

it('another template moves the address, with a receipt, and never the issuer', async () => {
  const acme = await site.tenant('acme');
  const addresses = createAddresses({
    tenantUrl: 'https://{tenant}.mcp.example.com',
    viewsUrl: 'https://{label}.example-usercontent.net',
  });
  const moved = createIdentity({ ...site.deps, addresses });
  const changed = await moved.tenants.readdress(OPERATOR);
  expect(changed.find((tenant) => tenant.id === acme.id)).toMatchObject({
    canonicalUrl: 'https://acme.mcp.example.com',
    issuer: 'http://localhost:3000/t/acme',
  });
  expect(await moved.tenants.readdress(OPERATOR)).toEqual([]);
  expect((await site.identity.tenants.byId(acme.id))?.canonicalUrl).toBe('https://acme.mcp.example.com');
});

it('a new name is seen at once on every replica', async () => {
  const tenant = await site.tenant('renamed');
  const database = await site.database.replica();
  const other = createIdentity({ ...site.deps, database });
  await other.start();
  await other.tenants.bySlug(tenant.slug);
  await site.database.database
    .tenantDb(tenant.id)
    .transaction(async (tx) => await site.identity.tenants.rename(tx, tenant, 'Renamed Ltd', OPERATOR));
  expect((await site.identity.tenants.bySlug(tenant.slug))?.displayName).toBe('Renamed Ltd');
  await expect.poll(async () => (await other.tenants.bySlug(tenant.slug))?.displayName).toBe('Renamed Ltd');
  await other.close();
});
