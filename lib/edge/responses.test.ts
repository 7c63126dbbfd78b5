import { describe, expect, it } from 'vitest';
import { expireCookie, parseCookies, serializeCookie } from './cookies.ts';
import { problemResponse } from './problem.ts';
import { cspSource, securityHeaders } from './security-headers.ts';
import type { PageKind } from './types.ts';

const KINDS: readonly PageKind[] = ['console', 'hosted', 'api', 'protocol', 'public', 'bare', 'static'];
const policyOf = (headers: Record<string, string>) =>
  new Map(
    (headers['content-security-policy'] ?? '').split('; ').map((directive) => {
      const [name = '', ...sources] = directive.split(' ');
      return [name, sources.join(' ')] as const;
    }),
  );

describe('security headers', () => {
  it.each(KINDS)('of %s never allow framing, other bases or sniffing', (kind) => {
    const headers = securityHeaders(kind, { https: true });
    const policy = policyOf(headers);
    expect(policy.get('default-src')).toBe("'none'");
    expect(policy.get('base-uri')).toBe("'none'");
    expect(policy.get('frame-ancestors')).toBe("'none'");
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['strict-transport-security']).toMatch(/^max-age=31536000/);
    expect(headers['content-security-policy']).not.toMatch(/unsafe|\*/);
  });

  it('promise https only where it is', () => {
    expect(securityHeaders('console')).not.toHaveProperty('strict-transport-security');
  });

  it.each(['console', 'hosted'] as const)(
    'of %s allow scripts under the nonce alone, without one none',
    (kind) => {
      expect(policyOf(securityHeaders(kind, { nonce: 'YWJjZGVmZ2hpamtsbW5vcA==' })).get('script-src')).toBe(
        "'nonce-YWJjZGVmZ2hpamtsbW5vcA==' 'strict-dynamic'",
      );
      expect(policyOf(securityHeaders(kind)).get('script-src')).toBe("'none'");
      expect(policyOf(securityHeaders(kind, { nonce: "x'; script-src *" })).get('script-src')).toBe("'none'");
    },
  );

  it('let a form lead where it was told, and nowhere by injection', () => {
    const formAction = [
      'https://client.example/cb?x=1',
      'cursor://anysphere/x',
      'javascript:alert(1)',
      'https://evil.example; script-src *',
      'nonsense',
    ];
    expect(policyOf(securityHeaders('hosted', { formAction })).get('form-action')).toBe(
      "'self' https://client.example cursor:",
    );
  });

  it('let the console frame the named origin only, and hosted pages none', () => {
    const frames = ['https://0123.example-usercontent.net/x'];
    expect(policyOf(securityHeaders('console', { frames })).get('frame-src')).toBe(
      'https://0123.example-usercontent.net',
    );
    expect(policyOf(securityHeaders('hosted', { frames })).get('frame-src')).toBe("'none'");
  });

  it('let the console alone start workers, of its own files only', () => {
    for (const kind of KINDS) {
      const expected = kind === 'console' ? "'self'" : kind === 'hosted' ? "'none'" : undefined;
      expect(policyOf(securityHeaders(kind)).get('worker-src')).toBe(expected);
    }
  });

  it('of public documents allow any reader, of all else none', () => {
    for (const kind of KINDS) {
      expect(securityHeaders(kind)['access-control-allow-origin']).toBe(kind === 'public' ? '*' : undefined);
    }
  });
});

describe('a CSP source', () => {
  it.each([
    ['https://a.example:8443/x', 'https://a.example:8443'],
    ['http://127.0.0.1:5555/callback', 'http://127.0.0.1:5555'],
    ['http://[::1]:5555/callback', 'http://[::1]:5555'],
    ['com.example.app:/callback', 'com.example.app:'],
    ['data:text/html,x', undefined],
    ['blob:https://a.example/x', undefined],
    ['https://*.example.com/', undefined],
    ["https://a.example';x/", undefined],
  ])('of %s', (url, source) => {
    expect(cspSource(url)).toBe(source);
  });
});

describe('cookies', () => {
  const scope = { name: '__Host-cs3000.acme.session', path: '/', secure: true };

  it('are HttpOnly, Lax, without a domain', () => {
    expect(serializeCookie({ scope, value: 'abc_-1', maxAgeSeconds: 60 })).toBe(
      '__Host-cs3000.acme.session=abc_-1; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure',
    );
    expect(expireCookie({ ...scope, secure: false })).toBe(
      '__Host-cs3000.acme.session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax',
    );
  });

  it('take no value that could add an attribute', () => {
    expect(() => serializeCookie({ scope, value: 'a; Domain=evil.example' })).toThrow();
    expect(() => serializeCookie({ scope, value: 'a\r\nSet-Cookie: b=c' })).toThrow();
  });

  it('are read by name; a name that comes twice is nobody’s', () => {
    const cookies = parseCookies('a=1; b=2=3;c; d=; a=4');
    expect(cookies.get('a')).toBeUndefined();
    expect(cookies.get('b')).toBe('2=3');
    expect(cookies.get('d')).toBe('');
    expect(parseCookies(`x=${'y'.repeat(20_000)}`).size).toBe(0);
    expect(parseCookies(null).size).toBe(0);
  });
});

it('a problem is RFC 9457 with the words for mending it', async () => {
  const problem = {
    status: 404,
    code: 'unknown-tenant',
    title: 'No such tenant',
    detail: 'None.',
    reference: 'r-1',
  };
  const response = problemResponse(problem, { headers: { 'retry-after': '1' } });
  expect(response.status).toBe(404);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('retry-after')).toBe('1');
  expect(await response.json()).toEqual({ type: 'urn:countersign:problem:unknown-tenant', ...problem });
});
