import { REDACTED, REDACTION_DEPTH_MAX } from './constants.ts';

/** Names of what is secret, whatever stands before: `client_secret`, `refreshToken`, `Proxy-Authorization`, `set-cookie`… */
const SECRET_NAME =
  /(?:authorization|cookies?|tokens?|secrets?|passw(?:or)?d|passphrase|assertion|verifier|private_?key|credentials?)$/i;
/** An authorization code is secret, the code of an error is not. */
const ERROR_CODE = /^[A-Z][A-Z0-9_]*$/;
const BEARER = /\b(Bearer|Basic|DPoP) +[\w~+/.=-]{8,}/gi;
/** Compact JWS and JWE, and SD-JWTs up to their first disclosure. */
const COMPACT_JWT = /\beyJ[\w-]{8,}\.[\w-]*\.[\w-]*(?:\.[\w-]*){0,2}/g;
/** User information in a URL. */
const URL_PASSWORD = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@"]*:)[^\s/@"]+(?=@)/gi;

/** A copy for the log without values whose names say that they are secret, at any depth, and bounded in depth. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= REDACTION_DEPTH_MAX) return '[too deep]';
  if (Array.isArray(value)) return value.map((each) => redact(each, depth + 1));
  if (value instanceof Map) return redact(Object.fromEntries(value), depth);
  if (!isPlain(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    copy[name] = isSecret(name, member) ? REDACTED : redact(member, depth + 1);
  }
  return copy;
}

/** The last look at a finished line: what has the shape of a credential goes, wherever it stands. */
export function scrub(line: string): string {
  return line
    .replace(BEARER, `$1 ${REDACTED}`)
    .replace(COMPACT_JWT, REDACTED)
    .replace(URL_PASSWORD, `$1${REDACTED}`);
}

function isSecret(name: string, value: unknown): boolean {
  if (value === undefined || value === null || typeof value === 'boolean' || typeof value === 'number')
    return false;
  if (/^code$/i.test(name)) return typeof value !== 'string' || !ERROR_CODE.test(value);
  return SECRET_NAME.test(name);
}

/** Errors, dates and buffers have serialisers or forms of their own. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
