import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ServerId, TenantSlug } from '#lib/core';
import { createAddresses } from './addresses.ts';

const acme = 'acme' as TenantSlug;
const github = 'github' as ServerId;
const sha256Hex = (text: string) => createHash('sha256').update(text).digest('hex');

const byPath = createAddresses({
  tenantUrl: 'http://localhost:3000/t/{tenant}',
  viewsUrl: 'http://{label}.mcpapps.localhost:3000',
});
const byHost = createAddresses({
  tenantUrl: 'http://{tenant}.mcp.localhost:3000',
  viewsUrl: 'http://{label}.mcpapps.localhost:3000',
});
const inProduction = createAddresses({
  tenantUrl: 'https://{tenant}.mcp.example.com',
  viewsUrl: 'https://{label}.example-usercontent.net',
});

describe('URLs of a path template', () => {
  it('are the expanded template and what hangs below it', () => {
    expect(byPath.canonicalUrl(acme)).toBe('http://localhost:3000/t/acme');
    expect(byPath.origin(acme)).toBe('http://localhost:3000');
    expect(byPath.rootUrl).toBe('http://localhost:3000');
    expect(byPath.resourceUrl(acme, github)).toBe('http://localhost:3000/t/acme/mcp/github');
    expect(byPath.mintIssuer(acme)).toBe('http://localhost:3000/t/acme/mint');
    expect(byPath.ssoCallbackUrl(acme)).toBe('http://localhost:3000/t/acme/sso/callback');
    expect(byPath.ssoStartUrl(acme, '/receipts?a=1&b')).toBe(
      'http://localhost:3000/t/acme/sso/start?return_to=%2Freceipts%3Fa%3D1%26b',
    );
  });

  it('have their metadata between host and path (RFC 8414 §3.1, RFC 9728 §3.1)', () => {
    expect(byPath.protectedResourceMetadataUrl(acme, github)).toBe(
      'http://localhost:3000/.well-known/oauth-protected-resource/t/acme/mcp/github',
    );
    expect(byPath.authorizationServerMetadataUrl(acme)).toBe(
      'http://localhost:3000/.well-known/oauth-authorization-server/t/acme',
    );
    expect(byPath.wellKnownUrl(acme, 'oauth-authorization-server', '/mint')).toBe(
      'http://localhost:3000/.well-known/oauth-authorization-server/t/acme/mint',
    );
  });
});

describe('URLs of a host template', () => {
  it('are the expanded template and what hangs below it', () => {
    expect(inProduction.canonicalUrl(acme)).toBe('https://acme.mcp.example.com');
    expect(inProduction.rootUrl).toBe('https://mcp.example.com');
    expect(inProduction.resourceUrl(acme, github)).toBe('https://acme.mcp.example.com/mcp/github');
    expect(inProduction.authorizationServerMetadataUrl(acme)).toBe(
      'https://acme.mcp.example.com/.well-known/oauth-authorization-server',
    );
    expect(inProduction.wellKnownUrl(acme, 'openid-configuration', '/mint')).toBe(
      'https://acme.mcp.example.com/.well-known/openid-configuration/mint',
    );
    expect(byHost.rootUrl).toBe('http://mcp.localhost:3000');
  });

  it('leave out a port that is the scheme’s own', () => {
    const written = createAddresses({
      tenantUrl: 'https://{tenant}.mcp.example.com:443/',
      viewsUrl: 'https://{label}.example-usercontent.net',
    });
    expect(written.canonicalUrl(acme)).toBe('https://acme.mcp.example.com');
  });
});

describe('templates', () => {
  it.each([
    ['ftp://{tenant}.example.com'],
    ['http://localhost:3000'],
    ['http://localhost:3000/{tenant}/more'],
    ['http://a.{tenant}.example.com'],
    ['http://{tenant}.example.com/base'],
    ['http://user@localhost/t/{tenant}'],
    ['http://localhost:3000/t/{tenant}?x=1'],
  ])('%s is refused', (tenantUrl) => {
    expect(() => createAddresses({ tenantUrl, viewsUrl: 'http://{label}.v.localhost' })).toThrow(
      'assertion failed',
    );
  });

  it('need an own host for every view', () => {
    const tenantUrl = 'http://localhost:3000/t/{tenant}';
    expect(() => createAddresses({ tenantUrl, viewsUrl: 'http://localhost:3000/v/{label}' })).toThrow();
  });

  it('may have another path before the tenant', () => {
    const behindPrefix = createAddresses({
      tenantUrl: 'https://example.com/countersign/{tenant}',
      viewsUrl: 'https://{label}.example-usercontent.net',
    });
    expect(behindPrefix.match('example.com', '/countersign/acme/mcp/github')).toEqual({
      kind: 'tenant',
      slug: 'acme',
      path: '/mcp/github',
    });
  });
});

describe('a resource identifier', () => {
  it.each([
    [byPath, 'http://localhost:3000/t/acme/mcp/github'],
    [byHost, 'http://acme.mcp.localhost:3000/mcp/github'],
    [inProduction, 'https://acme.mcp.example.com/mcp/github'],
  ])('is read back exactly (%#)', (addresses, url) => {
    expect(addresses.parseResourceUrl(url)).toEqual({ slug: 'acme', server: 'github' });
    expect(addresses.resourceUrl(acme, github)).toBe(url);
  });

  it.each([
    'http://localhost:3000/t/acme/mcp/github/',
    'http://localhost:3000/t/acme/mcp/',
    'http://localhost:3000/t/acme/mcp',
    'http://localhost:3000/t/acme/mcp/github?x=1',
    'http://localhost:3000/t/acme/mcp/github#x',
    'http://LOCALHOST:3000/t/acme/mcp/github',
    'http://localhost:3000/t/ACME/mcp/github',
    'http://localhost/t/acme/mcp/github',
    'https://localhost:3000/t/acme/mcp/github',
    'http://localhost:3000/t/acme/x/mcp/github',
    'http://localhost:3000/mcp/github',
    'http://evil.example/t/acme/mcp/github',
    'http://localhost:3000@evil.example/t/acme/mcp/github',
    '/t/acme/mcp/github',
    '',
  ])('has one spelling: %s is none', (url) => {
    expect(byPath.parseResourceUrl(url)).toBeUndefined();
  });

  it('of a host template has one spelling, too', () => {
    expect(inProduction.parseResourceUrl('https://acme.evil.example/mcp/github')).toBeUndefined();
    expect(
      inProduction.parseResourceUrl('https://acme.mcp.example.com.evil.example/mcp/github'),
    ).toBeUndefined();
    expect(inProduction.parseResourceUrl('https://acme.mcp.example.com:443/mcp/github')).toBeUndefined();
  });
});

describe('a view’s label', () => {
  it('is the first half of the digest of the MCP URL, and fits into DNS', () => {
    const url = byPath.resourceUrl(acme, github);
    const label = byPath.viewLabel(url, sha256Hex);
    expect(label).toBe(sha256Hex(url).slice(0, 32));
    expect(byPath.viewOrigin(label)).toBe(`http://${label}.mcpapps.localhost:3000`);
    expect(byPath.match(`${label}.mcpapps.localhost:3000`, '/x')).toEqual({
      kind: 'view',
      label,
      path: '/x',
    });
  });
});

describe('the own origin', () => {
  it('is compared as text', () => {
    expect(byPath.isOwnOrigin('http://localhost:3000', acme)).toBe(true);
    expect(byHost.isOwnOrigin('http://acme.mcp.localhost:3000', acme)).toBe(true);
  });

  it.each([
    'null',
    '',
    null,
    undefined,
    'http://localhost:3001',
    'https://localhost:3000',
    'http://localhost:3000/',
  ])('is not %s', (origin) => {
    expect(byPath.isOwnOrigin(origin, acme)).toBe(false);
  });

  it('of one tenant is foreign to another under a host template', () => {
    expect(byHost.isOwnOrigin('http://beta.mcp.localhost:3000', acme)).toBe(false);
    expect(byHost.isOwnOrigin('http://mcp.localhost:3000', acme)).toBe(false);
  });
});

describe('cookies', () => {
  it('carry instance and tenant in their name, and stay below the tenant under a path template', () => {
    expect(byPath.cookie('session', acme)).toEqual({
      name: '__Secure-cs3000.acme.session',
      path: '/t/acme',
      secure: true,
    });
  });

  it('are host cookies under a host template', () => {
    expect(byHost.cookie('session', acme)).toEqual({
      name: '__Host-cs3000.acme.session',
      path: '/',
      secure: true,
    });
    expect(inProduction.cookie('session', acme).name).toBe('__Host-cs443.acme.session');
  });

  it('of no tenant are host cookies', () => {
    expect(byPath.cookie('tenant', undefined)).toEqual({
      name: '__Host-cs3000..tenant',
      path: '/',
      secure: true,
    });
  });

  it('have no prefix where browsers would refuse one: http on a host that is not this machine', () => {
    const plain = createAddresses({
      tenantUrl: 'http://countersign.intern:8080/t/{tenant}',
      viewsUrl: 'http://{label}.views.intern:8080',
    });
    expect(plain.cookie('session', acme)).toEqual({
      name: 'cs8080.acme.session',
      path: '/t/acme',
      secure: false,
    });
  });
});
