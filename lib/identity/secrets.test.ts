import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import {
  createMaskedToken,
  createSecret,
  equalSecretHashes,
  hashSecret,
  verifyMaskedToken,
} from './secrets.ts';

it('a secret is stored as a hash, and only what we made has one', () => {
  const secret = createSecret();
  expect(secret).toMatch(/^[\w-]{43}$/);
  expect(hashSecret(secret)).toHaveLength(32);
  for (const text of [undefined, '', 'x', `${secret}=`, `${secret} `, secret.slice(1), `${secret}A`]) {
    expect(hashSecret(text)).toBeUndefined();
  }
  expect(equalSecretHashes(hashSecret(secret) as Uint8Array, hashSecret(secret) as Uint8Array)).toBe(true);
  expect(equalSecretHashes(hashSecret(secret) as Uint8Array, hashSecret(createSecret()) as Uint8Array)).toBe(
    false,
  );
  expect(equalSecretHashes(new Uint8Array(1), new Uint8Array(2))).toBe(false);
});

it('a form’s token differs each time and is good for its session alone', () => {
  const key = randomBytes(32);
  const [one, two] = [createMaskedToken(key), createMaskedToken(key)];
  expect(one).not.toBe(two);
  expect(verifyMaskedToken(key, one) && verifyMaskedToken(key, two)).toBe(true);
  expect(verifyMaskedToken(randomBytes(32), one)).toBe(false);
  for (const text of [
    '',
    'x',
    one.slice(1),
    `${one}A`,
    one.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')),
  ]) {
    expect(verifyMaskedToken(key, text)).toBe(false);
  }
});
