import { describe, expect, it } from 'vitest';
import { createAddresses } from './addresses.ts';

const views = 'http://{label}.mcpapps.localhost:3000';
const byPath = createAddresses({ tenantUrl: 'http://localhost:3000/t/{tenant}', viewsUrl: views });
const byHost = createAddresses({ tenantUrl: 'http://{tenant}.mcp.localhost:3000', viewsUrl: views });
const inProduction = createAddresses({
  tenantUrl: 'https://{tenant}.mcp.example.com',
  viewsUrl: 'https://{label}.example-usercontent.net',
});

const HOST = 'localhost:3000';
const LABEL = '0123456789abcdef0123456789abcdef';

describe('hosts that are none of ours', () => {
  it.each([
    undefined,
    '',
    'localhost',
    'localhost:3001',
    'localhost:03000',
    'localhost:',
    'localhost:3000:3000',
    'localhost.:3000',
    '.localhost:3000',
    'localhost:3000.evil.example',
    'localhost:3000@evil.example',
    'evil.example',
    'evil.example:3000',
    '127.0.0.1:3000',
    '[::1]:3000',
    'user@localhost:3000',
    'localhost:3000, evil.example',
    'localhost:3000/t/acme',
    ' localhost:3000',
    'localhost:3000\t',
    'loca\u0000lhost:3000',
    'lоcalhost:3000',
    'acme.localhost:3000',
    `${'a'.repeat(300)}.localhost:3000`,
  ])('%j matches nothing under a path template', (host) => {
    expect(byPath.match(host, '/t/acme/mcp/x')).toEqual({ kind: 'none' });
  });

  it.each([
    'a.b.mcp.localhost:3000',
    'acme.mcp.localhost.:3000',
    'acme..mcp.localhost:3000',
    '.mcp.localhost:3000',
    'acme.mcp.localhost',
    'acme.mcp.localhost:80',
    'acmemcp.localhost:3000',
    '-acme.mcp.localhost:3000',
    '_instance.mcp.localhost:3000',
    'acme_x.mcp.localhost:3000',
    'acme.mcp.localhost:3000.evil.example',
    'localhost:3000',
    `${'a'.repeat(64)}.mcp.localhost:3000`,
  ])('%j matches nothing under a host template', (host) => {
    expect(byHost.match(host, '/mcp/x')).toEqual({ kind: 'none' });
  });

  it.each([
    `${LABEL.slice(1)}.mcpapps.localhost:3000`,
    `${LABEL}0.mcpapps.localhost:3000`,
    `${LABEL.replace('a', 'g')}.mcpapps.localhost:3000`,
    'mcpapps.localhost:3000',
    `x.${LABEL}.mcpapps.localhost:3000`,
  ])('%j is no view', (host) => {
    expect(byPath.match(host, '/')).toEqual({ kind: 'none' });
  });
});

describe('hosts that are ours', () => {
  it('are compared without case', () => {
    expect(byPath.match('LocalHost:3000', '/t/acme')).toEqual({ kind: 'tenant', slug: 'acme', path: '/' });
    expect(byHost.match('ACME.mcp.LOCALHOST:3000', '/x')).toEqual({
      kind: 'tenant',
      slug: 'acme',
      path: '/x',
    });
  });

  it('may spell out the scheme’s own port, and no other', () => {
    expect(inProduction.match('acme.mcp.example.com:443', '/')).toEqual({
      kind: 'tenant',
      slug: 'acme',
      path: '/',
    });
    expect(inProduction.match('acme.mcp.example.com', '/')).toEqual({
      kind: 'tenant',
      slug: 'acme',
      path: '/',
    });
    expect(inProduction.match('acme.mcp.example.com:80', '/')).toEqual({ kind: 'none' });
    expect(inProduction.match('acme.mcp.example.com:8443', '/')).toEqual({ kind: 'none' });
  });

  it('without a tenant are the root', () => {
    expect(byHost.match('mcp.localhost:3000', '/livez')).toEqual({ kind: 'root', path: '/livez' });
    expect(byHost.match('mcp.localhost:3000', '/t/acme/receipts')).toEqual({
      kind: 'root',
      path: '/t/acme/receipts',
    });
  });
});

describe('paths of a path template', () => {
  it.each([
    ['/t/acme', 'acme', '/'],
    ['/t/acme/', 'acme', '/'],
    ['/t/acme?x=1', 'acme', '/'],
    ['/t/acme/mcp/github?x=/t/beta', 'acme', '/mcp/github'],
    ['/t/acme/people/alice%40acme.example', 'acme', '/people/alice%40acme.example'],
    ['/t/acme/b%C3%BCcher/a%20b', 'acme', '/b%C3%BCcher/a%20b'],
    ['/t/xn--bcher-kva/x', 'xn--bcher-kva', '/x'],
    ['/t/acme/t/beta', 'acme', '/t/beta'],
  ])('%s is of tenant %s', (path, slug, below) => {
    expect(byPath.match(HOST, path)).toEqual({ kind: 'tenant', slug, path: below });
  });

  it.each([
    '/',
    '/t',
    '/t/',
    '/T/acme',
    '/tt/acme',
    '/x',
    '/.well-known/oauth-authorization-server',
    '/.well-known/other/t/acme',
  ])('%s is of the root', (path) => {
    expect(byPath.match(HOST, path)).toEqual({ kind: 'root', path });
  });

  it.each([
    '/t/Acme/x',
    '/t/ac%6De/x',
    '/t/acme%2Fmcp',
    '/t/acme%00',
    '/t//acme',
    '//t/acme',
    '/t/acme/a//b',
    '/t/acme//mcp/github',
    '/t/acme/receipts/%ff',
    '/t/acme/%zz',
    '/t/acme/%',
    '/t/-acme',
    '/t/_instance/receipts',
    '/t/acme.beta',
    `/t/${'a'.repeat(64)}`,
    '/t/acme/../beta/x',
    '/t/acme/%2e%2e/beta',
    '/t/acme/.%2E/beta',
    '/t/acme/./x',
    '/t/acme/mcp/git%2Fhub',
    '/t/acme/mcp/..%2fgithub',
    '/t/acme/mcp/..%2F..%2f..%2Fbeta/mcp/github',
    '/t/acme/mcp/%2e%2e/%2E%2E/beta',
    '/t/acme/mcp/github%2f',
    '/t/acme/mcp/..%5cgithub',
    '/t/acme/mcp/%5C%5cgithub',
    '/t/acme/mcp/..%252fgithub',
    '/t/acme/mcp/%252E%252e/github',
    '/t/acme/mcp/gith%75b',
    '/t/acme/%6Dcp/github',
    '/%74/acme/mcp/github',
    '/t%2facme/mcp/github',
    '/t/acme/mcp/github%00',
    '/t/acme/mcp/github%0d%0a',
    '/t/acme/mcp/github%7F',
    '/t/acme/mcp/github#',
    '/t/acme/x#/../../beta',
    '/.well-known/oauth-protected-resource/t/acme/mcp%2Fgithub',
    '/.well-known/oauth-protected-resource/t/acme/mcp/..%2f..%2fbeta',
    '/.well-known%2Foauth-authorization-server/t/acme',
    '/t/acme/x/..',
    '/t/acme\\mcp',
    '/t/acme/a b',
    '/t/acme/\u0000',
    '',
    't/acme',
    'http://localhost:3000/t/acme',
    '*',
  ])('%j names nothing', (path) => {
    expect(byPath.match(HOST, path)).toEqual({ kind: 'not-found' });
  });
});

describe('metadata documents', () => {
  it.each([
    ['/.well-known/oauth-authorization-server/t/acme', 'oauth-authorization-server', ''],
    ['/.well-known/oauth-authorization-server/t/acme/', 'oauth-authorization-server', ''],
    ['/.well-known/openid-configuration/t/acme', 'openid-configuration', ''],
    ['/.well-known/oauth-authorization-server/t/acme/mint', 'oauth-authorization-server', '/mint'],
    ['/.well-known/oauth-protected-resource/t/acme/mcp/github', 'oauth-protected-resource', '/mcp/github'],
    ['/t/acme/.well-known/openid-configuration', 'openid-configuration', ''],
    ['/t/acme/mint/.well-known/openid-configuration', 'openid-configuration', '/mint'],
    ['/t/acme/.well-known/oauth-authorization-server', 'oauth-authorization-server', ''],
  ])('%s under a path template', (path, name, below) => {
    expect(byPath.match(HOST, path)).toEqual({ kind: 'well-known', slug: 'acme', name, path: below });
  });

  it.each([
    ['/.well-known/oauth-authorization-server', 'oauth-authorization-server', ''],
    ['/.well-known/oauth-protected-resource/mcp/github', 'oauth-protected-resource', '/mcp/github'],
    ['/.well-known/openid-configuration/mint', 'openid-configuration', '/mint'],
    ['/mint/.well-known/openid-configuration', 'openid-configuration', '/mint'],
  ])('%s under a host template', (path, name, below) => {
    expect(byHost.match('acme.mcp.localhost:3000', path)).toEqual({
      kind: 'well-known',
      slug: 'acme',
      name,
      path: below,
    });
  });

  it('of names that are not spoken here are ordinary paths', () => {
    expect(byHost.match('acme.mcp.localhost:3000', '/.well-known/oauth-protected-resourceful')).toEqual({
      kind: 'tenant',
      slug: 'acme',
      path: '/.well-known/oauth-protected-resourceful',
    });
    expect(byPath.match(HOST, '/t/acme/.well-known/oauth-protected-resource')).toMatchObject({
      kind: 'tenant',
    });
  });
});

describe('the router’s path', () => {
  it('is the same for both templates', () => {
    for (const [addresses, host, prefix] of [
      [byPath, HOST, '/t/acme'],
      [byHost, 'acme.mcp.localhost:3000', ''],
    ] as const) {
      const internal = (path: string) => addresses.internalPath(addresses.match(host, path));
      expect(internal(`${prefix}/`)).toBe('/t/acme');
      expect(internal(`${prefix}/receipts/x`)).toBe('/t/acme/receipts/x');
      expect(internal(`/.well-known/oauth-protected-resource${prefix}/mcp/github`)).toBe(
        '/.well-known/oauth-protected-resource/t/acme/mcp/github',
      );
    }
  });

  it('of a tenant’s host never leads to another tenant', () => {
    const match = byHost.match('acme.mcp.localhost:3000', '/t/beta/receipts');
    expect(byHost.internalPath(match)).toBe('/t/acme/t/beta/receipts');
  });

  it('of views, root and nothing', () => {
    expect(byPath.internalPath(byPath.match(`${LABEL}.mcpapps.localhost:3000`, '/x'))).toBe(
      `/view/${LABEL}/x`,
    );
    expect(byPath.internalPath(byPath.match(HOST, '/livez'))).toBe('/livez');
    expect(byPath.internalPath({ kind: 'none' })).toBeUndefined();
    expect(byPath.internalPath({ kind: 'not-found' })).toBeUndefined();
  });
});
