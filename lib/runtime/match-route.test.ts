import { describe, expect, it } from 'vitest';
import { matchRoute, parseRoutePattern } from './match-route.ts';

const match = (pattern: string, path: string) => matchRoute(parseRoutePattern(pattern), path);

describe('matchRoute', () => {
  it.each([
    ['/t/[tenant]/mint/jwks', '/t/acme/mint/jwks', { tenant: 'acme' }],
    ['/t/[tenant]/oauth/[...path]', '/t/acme/oauth/token', { tenant: 'acme', path: ['token'] }],
    ['/t/[tenant]/oauth/[...path]', '/t/acme/oauth/a/b%20c', { tenant: 'acme', path: ['a', 'b c'] }],
    ['/.well-known/[name]/t/[tenant]/[[...path]]', '/.well-known/x/t/acme', { name: 'x', tenant: 'acme' }],
    [
      '/.well-known/[name]/t/[tenant]/[[...path]]',
      '/.well-known/x/t/acme/mcp/a',
      { name: 'x', tenant: 'acme', path: ['mcp', 'a'] },
    ],
    ['/livez', '/livez', {}],
  ])('%s fits %s', (pattern, path, params) => {
    expect(match(pattern, path)).toEqual(params);
  });

  it.each([
    ['/t/[tenant]/mint/jwks', '/t/acme/mint'],
    ['/t/[tenant]/mint/jwks', '/t/acme/mint/jwks/x'],
    ['/t/[tenant]/mint/jwks', '/t//mint/jwks'],
    ['/t/[tenant]/oauth/[...path]', '/t/acme/oauth'],
    ['/t/[tenant]/oauth/[...path]', '/t/acme/oauth/%zz'],
    ['/livez', '/livez/'],
  ])('%s does not fit %s', (pattern, path) => {
    expect(match(pattern, path)).toBeUndefined();
  });
});
