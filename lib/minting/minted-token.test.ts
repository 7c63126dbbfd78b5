import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { inspect } from 'node:util';
import { assert, asyncProperty, constantFrom, option, record, string } from 'fast-check';
import { calculateJwkThumbprint, decodeProtectedHeader, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import type { KeyId } from '#lib/core';
import type { Signer } from '#lib/keys';
import { mintToken, tokenTemplate, type TokenAct, type TokenSubject } from './minted-token.ts';
import { BearerCredential, noCredential } from './upstream-credential.ts';

const NOW = Date.parse('2026-11-21T12:00:00.900Z');
const SUBJECT: TokenSubject = {
  issuer: 'https://acme.mcp.example.com/mint',
  audience: 'https://tools.example.com/mcp',
  subject: 'Zq3w…reference',
  actor: 'client-1',
};
const ACT: TokenAct = {
  method: 'tools/call',
  jti: '0193-attempt',
  tool: 'create_issue',
  argsSha256: 'ab'.repeat(32),
};

async function makeSigner() {
  const { privateKey } = generateKeyPairSync('ed25519');
  const publicKey = createPublicKey(privateKey);
  const { x = '' } = publicKey.export({ format: 'jwk' });
  const publicJwk = { kty: 'OKP', crv: 'Ed25519', x } as const;
  const signer: Signer = {
    kid: (await calculateJwkThumbprint(publicJwk)) as KeyId,
    purpose: 'mint',
    publicJwk,
    publicKey: Buffer.from(x, 'base64url'),
    sign: (message) => sign(null, message, privateKey),
    signAhead: (message) => ({ take: () => sign(null, message, privateKey) }),
  };
  return { signer, publicKey };
}

describe('a minted token', () => {
  it('verifies with other software, and says exactly what it should', async () => {
    const { signer, publicKey } = await makeSigner();
    const token = mintToken(tokenTemplate(signer, { ...SUBJECT, email: 'alice@example.com' }), ACT, NOW);
    const { payload, protectedHeader } = await jwtVerify(token, publicKey, {
      issuer: SUBJECT.issuer,
      audience: SUBJECT.audience,
      typ: 'at+jwt',
      algorithms: ['EdDSA'],
      currentDate: new Date(NOW),
      maxTokenAge: 60,
    });
    expect(protectedHeader).toEqual({ alg: 'EdDSA', typ: 'at+jwt', kid: signer.kid });
    const issuedAt = Math.floor(NOW / 1000);
    expect(payload).toEqual({
      iss: SUBJECT.issuer,
      aud: SUBJECT.audience,
      sub: SUBJECT.subject,
      client_id: 'client-1',
      act: { sub: 'client-1' },
      email: 'alice@example.com',
      method: 'tools/call',
      tool: 'create_issue',
      args_sha256: 'ab'.repeat(32),
      jti: '0193-attempt',
      iat: issuedAt,
      exp: issuedAt + 60,
    });
  });

  it('of no act names no act, and says its purpose', async () => {
    const { signer, publicKey } = await makeSigner();
    const token = mintToken(
      tokenTemplate(signer, SUBJECT),
      { ...ACT, method: 'tools/list', purpose: 'listing' },
      NOW,
    );
    const { payload } = await jwtVerify(token, publicKey, { currentDate: new Date(NOW) });
    expect(payload).toMatchObject({ method: 'tools/list', purpose: 'listing' });
    for (const claim of ['tool', 'uri', 'prompt', 'args_sha256', 'email'])
      expect(payload).not.toHaveProperty(claim);
  });

  it('carries any text in any claim, whatever its length does to the encoding', async () => {
    const { signer, publicKey } = await makeSigner();
    const text = string({ unit: 'grapheme', minLength: 1 });
    const subjects = record({
      issuer: text,
      audience: text,
      subject: text,
      actor: text,
      email: option(text, { nil: undefined }),
    });
    const acts = record({
      method: text,
      jti: text,
      tool: text,
      uri: text,
      prompt: text,
      argsSha256: constantFrom('00', 'ff'),
    });
    await assert(
      asyncProperty(subjects, acts, async (subject, act) => {
        const token = mintToken(tokenTemplate(signer, subject), act, NOW);
        expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]{86}$/);
        const { payload } = await jwtVerify(token, publicKey, { currentDate: new Date(NOW) });
        expect(payload).toMatchObject({
          iss: subject.issuer,
          aud: subject.audience,
          sub: subject.subject,
          act: { sub: subject.actor },
          ...(subject.email === undefined ? {} : { email: subject.email }),
          method: act.method,
          jti: act.jti,
          tool: act.tool,
          uri: act.uri,
          prompt: act.prompt,
          args_sha256: act.argsSha256,
        });
        expect(decodeProtectedHeader(token).kid).toBe(signer.kid);
      }),
      { numRuns: 60 },
    );
  });

  it('no longer verifies when a bit of it is changed', async () => {
    const { signer, publicKey } = await makeSigner();
    const token = mintToken(tokenTemplate(signer, SUBJECT), ACT, NOW);
    const payloadAt = token.indexOf('.') + 20;
    const changed =
      token.slice(0, payloadAt) + (token[payloadAt] === 'A' ? 'B' : 'A') + token.slice(payloadAt + 1);
    await expect(jwtVerify(changed, publicKey, { currentDate: new Date(NOW) })).rejects.toThrow();
  });
});

describe('a credential', () => {
  it('shows nothing of itself, however it is looked at', () => {
    const credential = new BearerCredential('token-canary', 'kid');
    const looks = [
      String(credential),
      // oxlint-disable-next-line typescript/restrict-template-expressions -- what a careless log line would do
      `${credential}`,
      JSON.stringify(credential),
      JSON.stringify({ credential }),
      inspect(credential, { showHidden: true, depth: 9, getters: true }),
      inspect({ deep: { credential } }, { showHidden: true, depth: 9 }),
      JSON.stringify(Object.entries(credential)),
      JSON.stringify({ ...credential }),
      JSON.stringify(structuredClone({ ...credential })),
      JSON.stringify(Object.getOwnPropertyDescriptors(credential)),
    ];
    expect(looks.join('\n')).not.toContain('canary');
    const headers = ['accept', 'text/plain'];
    credential.writeTo(headers);
    expect(headers).toEqual(['accept', 'text/plain', 'authorization', 'Bearer token-canary']);
  });

  it('of kind none writes nothing', () => {
    const headers: string[] = [];
    noCredential.writeTo(headers);
    expect(headers).toEqual([]);
  });
});
