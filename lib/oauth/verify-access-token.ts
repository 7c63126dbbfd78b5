import { errors, jwtVerify, type CryptoKey } from 'jose';
import { err, fromBase64Url, isJsonObject, ok, type GrantId, type JsonObject, type Result } from '#lib/core';
import { CLOCK_SKEW_SECONDS, TOKEN_CHARS_MAX } from './constants.ts';
import { accessTokenRefusal, type AccessTokenRefusal, type AccessTokenRefusalKind } from './errors.ts';

/** What a token says whose signature, issuer, audience and time hold. Nothing in it was looked up yet. */
export interface VerifiedToken {
  readonly grant: GrantId;
  readonly mode: 'user' | 'agent';
  readonly clientId: string;
  readonly subject: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

export interface ExpectedToken {
  readonly issuer: string;
  readonly audience: string;
  readonly now: number;
  readonly findKey: (kid: string) => Promise<CryptoKey | undefined>;
}

type Verified<Value> = Result<Value, AccessTokenRefusal>;

const refuse = (kind: AccessTokenRefusalKind): Verified<never> => err(accessTokenRefusal(kind));
const HEADER_MEMBERS = new Set(['alg', 'kid', 'typ']);

/**
 * An access token of ours (RFC 9068 with EdDSA): compact JWS of exactly our header, strict base64url, a key of the
 * tenant's own, its issuer, this one resource as audience, and not outside its time.
 */
export async function verifyAccessToken(
  raw: string,
  expected: ExpectedToken,
): Promise<Verified<VerifiedToken>> {
  const header = readHeader(raw);
  if (!header.ok) return header;
  const key = await expected.findKey(header.value.kid);
  if (!key) return refuse('unknown_key');
  try {
    const { payload } = await jwtVerify(raw, key, {
      algorithms: ['EdDSA'],
      typ: 'at+jwt',
      issuer: expected.issuer,
      audience: expected.audience,
      currentDate: new Date(expected.now),
      clockTolerance: 0,
      requiredClaims: ['exp', 'iat', 'jti', 'sub', 'client_id', 'grant', 'mode'],
    });
    return readClaims(payload, expected);
  } catch (error) {
    return refuse(kindOf(error));
  }
}

/** Before any cryptography: what JOSE libraries let pass (padding, other members, lists of audiences) is none of ours. */
function readHeader(raw: string): Verified<{ readonly kid: string }> {
  const parts = raw.length <= TOKEN_CHARS_MAX ? raw.split('.') : [];
  const [header, payload, signature] = parts.map(fromBase64Url);
  if (parts.length !== 3 || !header || !payload || !signature) return refuse('malformed');
  const members = parseObject(header);
  if (!members) return refuse('malformed');
  if (members['alg'] !== 'EdDSA') return refuse('unsupported_algorithm');
  if (members['typ'] !== 'at+jwt') return refuse('wrong_type');
  if (Object.keys(members).some((name) => !HEADER_MEMBERS.has(name))) return refuse('malformed');
  const { kid } = members as { kid?: unknown };
  return typeof kid === 'string' ? ok({ kid }) : refuse('unknown_key');
}

function parseObject(bytes: Uint8Array): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function readClaims(
  payload: Readonly<Record<string, unknown>>,
  { audience, now }: ExpectedToken,
): Verified<VerifiedToken> {
  const { aud, exp, iat, sub, client_id: clientId, grant, mode } = payload;
  // A list of audiences would make one token good in several places.
  if (aud !== audience) return refuse('wrong_audience');
  if (typeof iat !== 'number' || iat > now / 1000 + CLOCK_SKEW_SECONDS) return refuse('not_yet_valid');
  if (typeof exp !== 'number' || typeof sub !== 'string' || typeof clientId !== 'string') {
    return refuse('missing_claim');
  }
  if (typeof grant !== 'string' || (mode !== 'user' && mode !== 'agent')) return refuse('missing_claim');
  return ok({ grant: grant as GrantId, mode, clientId, subject: sub, expiresAt: exp * 1000 });
}

function kindOf(error: unknown): AccessTokenRefusalKind {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'bad_signature';
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'iss') return 'wrong_issuer';
    if (error.claim === 'aud') return 'wrong_audience';
    if (error.claim === 'nbf') return 'not_yet_valid';
    return error.claim === 'typ' ? 'wrong_type' : 'missing_claim';
  }
  if (error instanceof errors.JOSEError) return 'malformed';
  throw error;
}
