import { expect, test } from 'vitest';
import { normalizeAuthorizationQuery, normalizeTokenForm } from './normalize-parameters.ts';

test('an authorization request keeps what OAuth knows, as it came, and asks for the one scope', () => {
  const query = new URLSearchParams(
    'client_id=a&scope=openid+profile&nonce=n&max_age=1&resource=x&resource=y&state=%26%3D%20&claims=%7B%7D',
  );
  expect([...normalizeAuthorizationQuery(query)]).toEqual([
    ['client_id', 'a'],
    ['resource', 'x'],
    ['resource', 'y'],
    ['state', '&= '],
    ['scope', 'mcp'],
  ]);
});

test('doubled parameters stay doubled, so that they are refused', () => {
  const query = new URLSearchParams('client_id=a&client_id=b');
  expect(normalizeAuthorizationQuery(query).getAll('client_id')).toEqual(['a', 'b']);
  expect(normalizeTokenForm('code=a&code=b')).toBe('code=a&code=b');
});

test('a token request that names a scope names the one scope; a refresh that names none stays as it is', () => {
  expect(normalizeTokenForm('grant_type=refresh_token&scope=mcp+offline_access')).toBe(
    'grant_type=refresh_token&scope=mcp',
  );
  expect(normalizeTokenForm('grant_type=refresh_token&refresh_token=r')).toBe(
    'grant_type=refresh_token&refresh_token=r',
  );
  expect(normalizeTokenForm('grant_type=client_credentials')).toBe('grant_type=client_credentials&scope=mcp');
});
