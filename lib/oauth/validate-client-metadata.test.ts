import { describe, expect, test } from 'vitest';
import { validateClientMetadata, type ClientOrigin } from './validate-client-metadata.ts';

const GOOD = {
  client_name: 'Inspector',
  redirect_uris: ['https://agent.example/callback'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
};

function problemOf(changes: Record<string, unknown>, origin: ClientOrigin = 'dynamic') {
  const result = validateClientMetadata({ ...GOOD, ...changes }, origin);
  return result.ok ? 'accepted' : `${result.error.error}: ${result.error.description}`;
}

describe('what a client says about itself', () => {
  test('is kept where it means something here, and nothing else of it', () => {
    const result = validateClientMetadata(
      { ...GOOD, scope: 'openid', logo_uri: 'https://x', extra: 1 },
      'dynamic',
    );
    expect(result).toEqual({ ok: true, value: { ...GOOD, application_type: 'web' } });
  });

  test('has RFC 7591’s defaults where it is silent', () => {
    const result = validateClientMetadata({ redirect_uris: ['https://agent.example/callback'] }, 'dynamic');
    expect(result).toMatchObject({
      ok: true,
      value: {
        client_name: 'agent.example',
        grant_types: ['authorization_code'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_basic',
      },
    });
  });

  test('is native as soon as one answer stays on this machine or goes to an app', () => {
    for (const uri of [
      'http://127.0.0.1:1/cb',
      'http://localhost/cb',
      'http://[::1]:9/cb',
      'cursor://oauth/cb',
    ]) {
      const result = validateClientMetadata({ ...GOOD, redirect_uris: [uri] }, 'dynamic');
      expect(result).toMatchObject({ ok: true, value: { application_type: 'native' } });
    }
  });

  test('loses grant types that are not served, as VS Code asks for them', () => {
    const result = validateClientMetadata(
      { ...GOOD, grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'] },
      'dynamic',
    );
    expect(result).toMatchObject({ ok: true, value: { grant_types: ['authorization_code'] } });
  });
});

describe('a redirect URI', () => {
  test.each([
    ['http://agent.example/cb', 'needs https'],
    ['http://10.0.0.1/cb', 'needs https'],
    ['http://127.0.0.1.evil.example/cb', 'needs https'],
    ['https://localhost/cb', 'loopback'],
    ['https://agent.example/cb#x', 'fragment'],
    ['https://user:pass@agent.example/cb', 'user name'],
    ['https://*.example/cb', 'character'],
    ['https://agent.example/c b', 'character'],
    ['https://agent.example\\@evil.example/cb', 'character'],
    ['https://ägent.example/cb', 'character'],
    ['javascript:alert(1)', 'javascript:'],
    ['data:text/html,x', 'data:'],
    ['file:///etc/passwd', 'file:'],
    ['/callback', 'absolute'],
    ['', 'absolute'],
    [`https://agent.example/${'x'.repeat(3000)}`, 'longer'],
  ])('%s is refused in words', (uri, word) => {
    const problem = problemOf({ redirect_uris: [uri] });
    expect(problem).toMatch(/^invalid_redirect_uri: redirect_uris\[0\]/);
    expect(problem).toContain(word);
  });

  test('is needed, as a list of text, and there are not endlessly many', () => {
    expect(problemOf({ redirect_uris: [] })).toContain('at least one');
    expect(problemOf({ redirect_uris: 'https://x.example' })).toContain('list of strings');
    expect(problemOf({ redirect_uris: [1] })).toContain('list of strings');
    const many = Array.from({ length: 11 }, (_, index) => `https://agent.example/${index}`);
    expect(problemOf({ redirect_uris: many })).toContain('at most 10');
  });
});

describe('metadata that is refused', () => {
  test.each([
    ['not an object', () => validateClientMetadata([], 'dynamic'), 'JSON object'],
    [
      'a software statement',
      () => validateClientMetadata({ ...GOOD, software_statement: 'x' }, 'dynamic'),
      'leave',
    ],
  ])('%s', (_what, validate, word) => {
    const result = validate();
    expect(result.ok ? '' : result.error.description).toContain(word);
  });

  test.each([
    [{ grant_types: ['implicit'] }, 'must include authorization_code'],
    [{ grant_types: ['client_credentials'] }, 'an admin lists'],
    [{ response_types: ['token'] }, 'response_types must include code'],
    [{ token_endpoint_auth_method: 'client_secret_jwt' }, 'must be one of'],
    [{ token_endpoint_auth_method: 'private_key_jwt' }, 'must be one of'],
    [{ client_name: 7 }, 'client_name must be a string'],
    [{ client_name: 'x'.repeat(201) }, 'longer than'],
    [{ client_name: 'Claude\u202egnp.exe' }, 'bidirectional'],
    [{ client_name: 'Cl\u200baude' }, 'invisible'],
    [{ client_name: 'two\nlines' }, 'control'],
    [{ client_uri: 'javascript:alert(1)' }, 'client_uri'],
  ])('%j', (changes, word) => {
    expect(problemOf(changes)).toContain(word);
  });
});

describe('a client in the tenant file', () => {
  const machine = { redirect_uris: undefined, grant_types: ['client_credentials'], response_types: [] };

  test('may act by itself, if it authenticates', () => {
    expect(problemOf({ ...machine, token_endpoint_auth_method: 'none' }, 'file')).toContain(
      'must authenticate',
    );
    expect(problemOf({ ...machine, token_endpoint_auth_method: 'client_secret_post' }, 'file')).toBe(
      'accepted',
    );
    expect(problemOf({ ...machine, grant_types: ['refresh_token'] }, 'file')).toContain('must include');
  });

  test('may sign for itself with public keys that are in the file', () => {
    const key = { ...machine, token_endpoint_auth_method: 'private_key_jwt' };
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: 'AA' };
    expect(problemOf(key, 'file')).toContain('needs jwks');
    expect(problemOf({ ...key, jwks_uri: 'https://x.example' }, 'file')).toContain('jwks_uri');
    expect(problemOf({ ...key, jwks: { keys: [{ ...jwk, d: 'AA' }] } }, 'file')).toContain(
      'public keys only',
    );
    expect(problemOf({ ...key, jwks: { keys: [jwk] } }, 'file')).toBe('accepted');
  });
});
