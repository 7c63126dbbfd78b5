import { canonicalJson, isJsonObject, toHex, utf8, type JsonObject } from '#lib/core';
import { expireCookie, serializeCookie, type CookieScope } from '#lib/edge';
import * as client from 'openid-client';
import { SIGN_IN_ATTEMPT_MS } from './constants.ts';
import { parseSealed } from './person-seal.ts';
import { createSecret, equalSecretHashes, hashSecret } from './secrets.ts';
import { consumeAttempt, insertAttempt } from './store-sessions.ts';
import type { IdentityDeps, ReadCookie, TenantRecord } from './types.ts';

const PURPOSE = 'sign-in-attempt';

export interface NewAttempt {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly setCookie: string;
}

export interface ConsumedAttempt {
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly returnTo: string;
  readonly issuer: string;
  readonly clearCookie: string;
  /** Of a test sign-in alone: it makes no session, whoever completes it. */
  readonly test?: AttemptOfTest;
}

/** An admin tries the provider out. */
export interface AttemptOfTest {
  /** The admin's own session: nobody else may complete it. */
  readonly session: string;
  /** Settings that are not saved, with their secret; absent: the saved ones. */
  readonly candidate?: JsonObject;
}

/** A cookie per attempt, so that two tabs may sign in at once; its name follows from the state. */
function cookieScope(deps: IdentityDeps, tenant: TenantRecord, stateHash: Uint8Array): CookieScope {
  return deps.addresses.cookie(`signin-${toHex(stateHash).slice(0, 8)}`, tenant.slug);
}

/** Writes an attempt down, sealed, and binds it to the browser that will get the cookie. */
export async function createAttempt(
  deps: IdentityDeps,
  tenant: TenantRecord,
  {
    issuer,
    returnTo,
    test,
  }: { readonly issuer: string; readonly returnTo: string; readonly test?: AttemptOfTest },
): Promise<NewAttempt> {
  const [state, nonce, binding] = [createSecret(), createSecret(), createSecret()];
  const codeVerifier = client.randomPKCECodeVerifier();
  const stateHash = hashOf(state);
  const content = {
    nonce,
    codeVerifier,
    returnTo,
    issuer,
    browser: toHex(hashOf(binding)),
    ...(test && { test: { ...test } }),
  };
  const record = toHex(stateHash);
  const sealed = await deps.keys.seal(tenant.id, { purpose: PURPOSE, record }, utf8(canonicalJson(content)));
  const expiresAt = new Date(deps.clock.now() + SIGN_IN_ATTEMPT_MS);
  await deps.database
    .tenantDb(tenant.id)
    .read(async (tx) => await insertAttempt(tx, { tenantId: tenant.id, stateHash, sealed, expiresAt }));
  const scope = cookieScope(deps, tenant, stateHash);
  const setCookie = serializeCookie({ scope, value: binding, maxAgeSeconds: SIGN_IN_ATTEMPT_MS / 1000 });
  return { state, nonce, codeVerifier, setCookie };
}

/** Takes the attempt, for this one request and no other, whatever comes of it. */
export async function takeAttempt(
  deps: IdentityDeps,
  tenant: TenantRecord,
  parameters: URLSearchParams,
  readCookie: ReadCookie,
): Promise<ConsumedAttempt | 'attempt-unknown' | 'attempt-of-another-browser'> {
  const states = parameters.getAll('state');
  const stateHash = states.length === 1 ? hashSecret(states[0]) : undefined;
  if (stateHash === undefined) return 'attempt-unknown';
  const taken = await deps.database
    .tenantDb(tenant.id)
    .read(async (tx) => await consumeAttempt(tx, stateHash));
  if (taken === undefined || taken.expiresAt.getTime() <= deps.clock.now()) return 'attempt-unknown';
  const record = toHex(stateHash);
  const content = parseSealed(await deps.keys.open(tenant.id, { purpose: PURPOSE, record }, taken.sealed));
  const scope = cookieScope(deps, tenant, stateHash);
  const binding = hashSecret(readCookie(scope.name));
  const expected = Buffer.from(text(content, 'browser'), 'hex');
  if (binding === undefined || !equalSecretHashes(binding, expected)) return 'attempt-of-another-browser';
  return {
    nonce: text(content, 'nonce'),
    codeVerifier: text(content, 'codeVerifier'),
    returnTo: text(content, 'returnTo'),
    issuer: text(content, 'issuer'),
    clearCookie: expireCookie(scope),
    ...(isJsonObject(content['test']) ? { test: testOf(content['test']) } : {}),
  };
}

function testOf(content: JsonObject): AttemptOfTest {
  const { candidate } = content;
  return { session: text(content, 'session'), ...(isJsonObject(candidate) ? { candidate } : {}) };
}

function hashOf(secret: string): Uint8Array {
  const hash = hashSecret(secret);
  if (hash === undefined) throw new Error('a secret of ours has an unexpected form');
  return hash;
}

function text(content: JsonObject, member: string): string {
  const value = content[member];
  if (typeof value !== 'string') throw new Error(`a sign-in attempt lacks ${member}`);
  return value;
}
