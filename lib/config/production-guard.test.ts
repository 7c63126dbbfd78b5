import { describe, expect, it } from 'vitest';
import { isProduction, loadConfig, productionProblems, type ProductionFacts } from '#lib/config';

const GOOD = {
  NODE_ENV: 'production',
  TENANT_URL: 'https://{tenant}.mcp.example.com',
  VIEWS_URL: 'https://{label}.example-usercontent.net',
  DATABASE_URL: 'postgresql://countersign_app:Vq7x2mZp@db.internal/countersign',
  DATABASE_ADMIN_URL: 'postgresql://countersign_owner:Lk3s9wQe@db.internal/countersign',
  DATA_DIR: '/var/lib/countersign',
  KEYS_DIR: '/var/lib/countersign-keys',
  HIGH_WATER_DIR: '/var/lib/countersign-high-water',
};

const FACTS: ProductionFacts = {
  demoTenants: [],
  loopbackIssuers: [],
  tenantCount: 2,
  role: { name: 'countersign_app', superuser: false, bypassesRowSecurity: false, ownsTables: false },
  stdioServersWithoutLauncher: [],
};

function refusals(
  environment: Record<string, string | undefined> = {},
  facts: Partial<ProductionFacts> = {},
): string[] {
  const config = loadConfig({ ...GOOD, ...environment });
  if (!config.ok) throw new Error(JSON.stringify(config.error));
  return productionProblems(config.value, { ...FACTS, ...facts }).map(
    ({ variable, message }) => `${variable} ${message}`,
  );
}

describe('the production guard', () => {
  it('lets a proper production configuration start', () => {
    expect(refusals()).toEqual([]);
  });

  it('lets tenants and views be siblings below a public suffix: they can’t share cookies there', () => {
    const addresses = { TENANT_URL: 'https://{tenant}.github.io', VIEWS_URL: 'https://{label}.gitlab.io' };
    expect(refusals(addresses)).toEqual([]);
  });

  it('names everything at once', () => {
    expect(
      refusals({ DATABASE_URL: undefined, KEYS_DIR: undefined }, { demoTenants: ['acme'] }),
    ).toHaveLength(3);
  });

  it.each([
    'http://localhost:3000/t/{tenant}',
    'http://{tenant}.mcp.localhost:3000',
    'http://127.0.0.1:3000/t/{tenant}',
  ])('does not take %s for a public address', (address) => {
    const config = loadConfig({ TENANT_URL: address });
    expect(config.ok && isProduction(config.value)).toBe(false);
  });

  it.each([
    'http://192.168.1.5:3000/t/{tenant}',
    'https://{tenant}.internal',
    'http://localhost.example.com/t/{tenant}',
  ])('takes %s for one: others than this machine reach it', (address) => {
    const config = loadConfig({ TENANT_URL: address });
    expect(config.ok && isProduction(config.value)).toBe(true);
  });

  it('asks for nothing in development', () => {
    const config = loadConfig({});
    if (!config.ok) throw new Error('refused');
    expect(isProduction(config.value)).toBe(false);
    expect(productionProblems(config.value, { ...FACTS, demoTenants: ['acme'] })).toEqual([]);
  });

  it('also holds without NODE_ENV when the address is public', () => {
    expect(refusals({ NODE_ENV: undefined }, { demoTenants: ['acme'] })).not.toEqual([]);
  });

  const role = FACTS.role;
  it.each<[string, Record<string, string | undefined>, Partial<ProductionFacts>, string]>([
    ['a demo tenant', {}, { demoTenants: ['acme'] }, 'acme is a demo tenant'],
    [
      'an identity provider on loopback',
      {},
      { loopbackIssuers: ['http://127.0.0.1:9'] },
      'on this machine only',
    ],
    ['http', { TENANT_URL: 'http://{tenant}.mcp.example.com' }, {}, 'TENANT_URL is not https'],
    ['http for views', { VIEWS_URL: 'http://{label}.example-usercontent.net' }, {}, 'VIEWS_URL is not https'],
    ['a superuser', {}, { role: { ...role, superuser: true } }, 'is a superuser'],
    ['a role with BYPASSRLS', {}, { role: { ...role, bypassesRowSecurity: true } }, 'has BYPASSRLS'],
    ['an owner', {}, { role: { ...role, ownsTables: true } }, 'owns tables'],
    ['a well-known password', { DATABASE_URL: 'postgresql://app:postgres@db/x' }, {}, 'well-known password'],
    [
      'a well-known admin password',
      { DATABASE_ADMIN_URL: 'postgresql://o:changeme@db/x' },
      {},
      'well-known password',
    ],
    [
      'several tenants under a path',
      { TENANT_URL: 'https://example.com/t/{tenant}', PRODUCTION_ALLOW: 'path-template' },
      {},
      '2 tenants share one host',
    ],
    [
      'views on the tenants’ domain',
      { VIEWS_URL: 'https://{label}.views.example.com' },
      {},
      'registrable domain',
    ],
    [
      'a percent-encoded one',
      { DATABASE_URL: 'postgresql://app:p%61ssword@db/x' },
      {},
      'well-known password',
    ],
    [
      'a secret that anybody could guess',
      { COUNTERSIGN_SECRET_IDP: 'change-me-123' },
      {},
      'COUNTERSIGN_SECRET_IDP has a well-known value',
    ],
    [
      'views on the tenants’ very host',
      { VIEWS_URL: 'https://{label}.mcp.example.com' },
      {},
      'registrable domain',
    ],
    [
      'keys that lie with the data',
      { KEYS_DIR: '/var/lib/countersign/keys' },
      {},
      'KEYS_DIR is inside DATA_DIR',
    ],
    ['a stdio server without a launcher', {}, { stdioServersWithoutLauncher: ['files'] }, 'has no launcher'],
  ])('refuses %s', (_, environment, facts, message) => {
    expect(refusals(environment, facts).join('\n')).toContain(message);
  });

  it.each<[string, Record<string, string | undefined>, Partial<ProductionFacts>]>([
    ['embedded-postgres', { DATABASE_URL: undefined, DATABASE_ADMIN_URL: undefined }, {}],
    ['local-keys', { KEYS_DIR: undefined }, {}],
    ['no-high-water', { HIGH_WATER_DIR: undefined }, {}],
    ['no-high-water', { HIGH_WATER_DIR: '/var/lib/countersign' }, {}],
    ['path-template', { TENANT_URL: 'https://mcp.example.com/t/{tenant}' }, { tenantCount: 1 }],
  ])('refuses what %s stands for, unless it is named', (exception, environment, facts) => {
    expect(refusals(environment, facts).length).toBeGreaterThan(0);
    expect(refusals({ ...environment, PRODUCTION_ALLOW: exception }, facts)).toEqual([]);
  });
});
