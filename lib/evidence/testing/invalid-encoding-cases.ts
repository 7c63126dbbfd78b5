import { toBase64Url, utf8 } from '#lib/core';
import { headerFor } from './make-receipt.ts';
import { sample } from './samples.ts';
import { caseOf, changed, editSdJwt, invalid, type Case, type Scene } from './scene.ts';

/** A receipt whose JWT is spelled in another way, and logged like that. */
function respelled(name: string, respell: (jwt: string, scene: Scene) => string): Case {
  return caseOf(name, invalid('encoding'), (scene) => {
    const { log } = scene;
    const made = log.add({ ...sample('sign_in'), respell: (jwt) => respell(jwt, scene) });
    return { bundle: log.bundle([made]) };
  });
}

function headed(name: string, header: (kid: string) => string): Case {
  return caseOf(name, invalid('encoding'), ({ log }) => ({
    bundle: log.bundle([log.add({ ...sample('sign_in'), header })]),
  }));
}

function spelled(
  name: string,
  spell: (payload: string) => string,
  kind: 'sign_in' | 'attempt' = 'sign_in',
): Case {
  return caseOf(name, invalid('encoding'), ({ log }) => ({
    bundle: log.bundle([log.add({ ...sample(kind), spell })]),
  }));
}

export const INVALID_ENCODING_CASES: readonly Case[] = [
  changed('a key binding after the last tilde', invalid('encoding'), (bundle) =>
    editSdJwt(bundle, 1, (parts) => [...parts.slice(0, -1), parts[0]!]),
  ),
  changed('no tilde at the end', invalid('encoding'), (bundle) =>
    editSdJwt(bundle, 1, (parts) => parts.slice(0, 1)),
  ),
  changed('a JWT of two parts', invalid('encoding'), (bundle) =>
    editSdJwt(bundle, 1, (parts) => parts.with(0, parts[0]!.split('.').slice(0, 2).join('.'))),
  ),
  respelled('a JWT of four parts', (jwt) => `${jwt}.x`),
  respelled('a signature with padding', (jwt) => `${jwt}==`),
  respelled('a signature with a space', (jwt) => `${jwt.slice(0, -4)} ${jwt.slice(-4)}`),
  respelled('a signature with a line break', (jwt) => `${jwt}\n`),
  respelled(
    'a signature with other trailing bits',
    (jwt) => jwt.slice(0, -1) + (jwt.endsWith('A') ? 'B' : nextLetter(jwt)),
  ),
  respelled('a signature in base64', (jwt) => jwt.replaceAll('-', '+').replaceAll('_', '/')),
  respelled('a signature of 63 bytes', (jwt) => jwt.replace(/[^.]+$/, (signature) => shorten(signature))),
  respelled('an empty signature', (jwt) => jwt.replace(/[^.]+$/, '')),
  headed('alg EdDSA', (kid) => headerFor(kid).replace('Ed25519', 'EdDSA')),
  headed('alg none', (kid) => headerFor(kid).replace('Ed25519', 'none')),
  headed('alg HS256', (kid) => headerFor(kid).replace('Ed25519', 'HS256')),
  headed('another typ', (kid) => headerFor(kid).replace('countersign-receipt+', 'example+')),
  headed('typ in capitals', (kid) => headerFor(kid).replace('countersign', 'Countersign')),
  headed('no typ', (kid) => `{"alg":"Ed25519","kid":"${kid}"}`),
  headed('no kid', () => '{"alg":"Ed25519","typ":"countersign-receipt+sd-jwt"}'),
  headed('one header more', (kid) => headerFor(kid).replace('{', '{"aaa":1,')),
  headed('crit', (kid) => headerFor(kid).replace('"kid"', '"crit":[],"kid"')),
  headed('a jwk in the header', (kid) => headerFor(kid).replace('"kid"', '"jwk":{},"kid"')),
  headed(
    'header members in another order',
    (kid) => `{"kid":"${kid}","alg":"Ed25519","typ":"countersign-receipt+sd-jwt"}`,
  ),
  headed('white space in the header', (kid) => headerFor(kid).replace(',', ', ')),
  headed('a member twice in the header', (kid) => headerFor(kid).replace('{', '{"alg":"none",')),
  headed('a kid of another form', () => headerFor('../../etc/passwd')),
  headed('a header that is no object', () => '"Ed25519"'),
  spelled('white space in the payload', (payload) => payload.replace(',', ', ')),
  spelled('members in another order', (payload) => payload.replace(/^\{(.*),"v":1\}$/, '{"v":1,$1}')),
  spelled('a member twice in the payload', (payload) => payload.replace('"v":1', '"v":1,"v":1')),
  spelled('a fraction that is an integer', (payload) => payload.replace('"v":1', '"v":1.0')),
  spelled('an exponent', (payload) => payload.replace('"v":1', '"v":1e0')),
  spelled('a needless escape', (payload) => payload.replace('"sign_in"', '"sign\\u005fin"')),
  spelled('a byte order mark', (payload) => `\ufeff${payload}`),
  spelled('a payload that is not JSON', () => '{'),
  spelled('a payload above 16 KiB', (payload) => payload.replace('"user"', `"${'u'.repeat(16_384)}"`)),
  spelled('white space in an attempt', (payload) => `${payload}\n`, 'attempt'),
  spelled('a member twice in an attempt', (payload) => payload.replace('"v":1', '"v":1,"v":1'), 'attempt'),
  spelled(
    'an attempt above 16 KiB',
    (payload) => payload.replace('"user"', `"${'u'.repeat(16_384)}"`),
    'attempt',
  ),
  caseOf('a payload that is not UTF-8', invalid('encoding'), ({ log }) => ({
    bundle: log.bundle([
      log.add({
        ...sample('sign_in'),
        respell: (jwt) => {
          const [header] = jwt.split('.');
          const input = `${header}.${toBase64Url(Uint8Array.of(0x22, 0xff, 0x22))}`;
          return `${input}.${toBase64Url(log.receiptKey.sign(utf8(input)))}`;
        },
      }),
    ]),
  })),
];

/** A letter that differs in the bits that 64 bytes leave over in the last character. */
function nextLetter(jwt: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return letters.charAt(letters.indexOf(jwt.slice(-1)) + 1);
}

function shorten(signature: string): string {
  return toBase64Url(new Uint8Array(Buffer.from(signature, 'base64url').subarray(1)));
}
