import { describe, expect, it } from 'vitest';
import { loadConfig } from '#lib/config';

function problemsOf(environment: Record<string, string>) {
  const config = loadConfig(environment);
  if (config.ok) throw new Error('the configuration was accepted');
  return config.error;
}

describe('loadConfig', () => {
  it('needs nothing: an empty environment gives loopback, port 3000 and a path template', () => {
    const config = loadConfig({});
    if (!config.ok) throw new Error('refused');
    expect(config.value).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      metricsPort: 0,
      tenantUrl: 'http://localhost:3000/t/{tenant}',
      viewsUrl: 'http://{label}.mcpapps.localhost:3000',
    });
    expect(Object.isFrozen(config.value)).toBe(true);
  });

  it('carries the port into the default addresses', () => {
    const config = loadConfig({ PORT: '4100' });
    expect(config.ok && config.value.tenantUrl).toBe('http://localhost:4100/t/{tenant}');
  });

  it('treats an empty variable as unset', () => {
    expect(loadConfig({ PORT: '', TENANT_URL: '' }).ok).toBe(true);
  });

  it('names every wrong variable at once, with a remedy', () => {
    const problems = problemsOf({
      PORT: '99999',
      WORKERS: 'many',
      DATABASE_URL: 'mysql://x',
      TENANT_URL: 'acme',
    });
    expect(problems.map(({ variable }) => variable).sort()).toEqual([
      'DATABASE_URL',
      'PORT',
      'TENANT_URL',
      'WORKERS',
    ]);
    for (const { remedy } of problems) expect(remedy).toContain('.env.example');
  });

  it.each([
    ['without its placeholder', 'https://acme.example.com'],
    ['with the placeholder twice', 'https://{tenant}.{tenant}.example.com'],
    ['of another scheme', 'ftp://{tenant}.example.com'],
    ['with a trailing slash', 'https://{tenant}.example.com/'],
    ['with a query', 'https://{tenant}.example.com?x=1'],
    ['with the placeholder inside a label', 'https://x{tenant}.example.com'],
    ['with the placeholder inside the path', 'https://example.com/{tenant}/mcp'],
    ['with a password', 'https://me:pass@{tenant}.example.com'],
    ['with placeholder and a path', 'https://{tenant}.example.com/mcp'],
  ])('refuses an address template %s', (_, template) => {
    expect(problemsOf({ TENANT_URL: template })[0]?.variable).toBe('TENANT_URL');
  });

  it.each(['proxy', '10.0.0.0/33', '10.0.0.0/8/8', '::1/129'])('refuses %s as a trusted proxy', (range) => {
    expect(problemsOf({ TRUSTED_PROXIES: `127.0.0.1, ${range}` })[0]?.message).toContain(range);
  });

  it('refuses views under a path: each needs an origin of its own', () => {
    expect(problemsOf({ VIEWS_URL: 'https://example.com/v/{label}' })[0]?.variable).toBe('VIEWS_URL');
  });

  it.each(['tools', 'tools:0', 'tools:99999', 'http://tools:80', '10.0.0.0/33', 'a b:80'])(
    'refuses %s as a private destination',
    (entry) => {
      expect(problemsOf({ EGRESS_PRIVATE_HOSTS: `idp.internal:8443, ${entry}` })[0]?.message).toContain(
        entry,
      );
    },
  );

  it('takes private destinations by host and port, address and range', () => {
    const config = loadConfig({
      EGRESS_PRIVATE_HOSTS: 'idp.internal:8443, 10.1.2.3,10.0.0.0/8 ,[fd00::1]:443,fd00::/8',
    });
    expect(config.ok && config.value.egressPrivateHosts).toHaveLength(5);
  });

  it.each([
    ['PORT', '0'],
    ['PORT', '0x10'],
    ['PORT', '3e3'],
    ['WORKERS', '0'],
    ['BODY_BYTES_MAX', '1.5'],
    ['UPSTREAM_TIMEOUT_MS', '-1'],
    ['BACKUP_RETENTION', '30'],
    ['BACKUP_RETENTION', '0d'],
    ['LOG_LEVEL', 'loud'],
  ])('refuses %s=%s', (variable, value) => {
    expect(problemsOf({ [variable]: value })[0]?.variable).toBe(variable);
  });

  it('reads a retention with its unit', () => {
    const config = loadConfig({ BACKUP_RETENTION: '90d' });
    expect(config.ok && config.value.backupRetentionDays).toBe(90);
  });

  it('never repeats a secret in a problem', () => {
    const problems = problemsOf({ DATABASE_URL: 'mysql://app:canary@db/x', COUNTERSIGN_SECRET_X: 'canary' });
    expect(JSON.stringify(problems)).not.toContain('canary');
  });

  it('refuses an unknown exception to the production guard', () => {
    expect(problemsOf({ PRODUCTION_ALLOW: 'http' })[0]?.variable).toBe('PRODUCTION_ALLOW');
  });

  it('refuses an unknown NODE_ENV instead of guessing', () => {
    expect(problemsOf({ NODE_ENV: 'prod' })[0]?.variable).toBe('NODE_ENV');
  });
});
