import { err, isJsonObject, ok, type Json, type Result } from '#lib/core';
import { parseVkey, type Sha256, type VerifierKey } from '#lib/tlog';
import { trustShape } from './bundle-shapes.ts';
import { TRUST_FORMAT } from './constants.ts';
import { keyThumbprint, publicKeyOf } from './key-thumbprint.ts';
import { findMisfit } from './shape.ts';
import { parseStrictJson } from './strict-json.ts';
import type { TrustFile } from './verdict-types.ts';

/** A receipt key and the leaf indexes at which its signature counts, both ends included. */
export interface KeyWindow {
  readonly kid: string;
  readonly publicKey: Uint8Array;
  readonly from: bigint;
  readonly to?: bigint;
}

/** What an auditor pinned, ready to use. */
export interface Trust {
  readonly issuer: string;
  readonly logs: ReadonlyMap<
    string,
    { readonly keys: readonly VerifierKey[]; readonly receiptKeys: readonly KeyWindow[] }
  >;
}

export interface TrustProblem {
  readonly kind: 'malformed' | 'unknown-version';
  readonly detail: string;
}

/** `<issuer without its scheme>/log/<id>`: a log's origin and the name of its key. */
export function logOrigin(issuer: string, logId: string): string {
  return `${issuer.replace(/^https?:\/\//, '')}/log/${logId}`;
}

/** Reads a trust file: closed, strict, every key well formed and every log of this issuer. */
export function parseTrust(h: Sha256, text: string): Result<Trust, TrustProblem> {
  const json = parseStrictJson(text);
  if (!json.ok) return malformed(json.error);
  if (isOtherVersion(json.value, TRUST_FORMAT)) {
    return err({ kind: 'unknown-version', detail: `only ${TRUST_FORMAT} is known` });
  }
  const misfit = findMisfit(trustShape, json.value);
  if (misfit !== undefined) return malformed(misfit);
  const file = json.value as unknown as TrustFile;
  const logs = new Map<string, { keys: VerifierKey[]; receiptKeys: KeyWindow[] }>();
  for (const log of file.logs) {
    if (!isLogOf(file.issuer, log.origin)) return malformed(`'${log.origin}' is not a log of ${file.issuer}`);
    if (logs.has(log.origin)) return malformed(`'${log.origin}' is listed twice`);
    const keys = readLogKeys(h, log.origin, log.keys);
    if (!keys.ok) return malformed(keys.error);
    const receiptKeys = readWindows(h, log.receipt_keys);
    if (!receiptKeys.ok) return malformed(receiptKeys.error);
    logs.set(log.origin, { keys: keys.value, receiptKeys: receiptKeys.value });
  }
  return ok({ issuer: file.issuer, logs });
}

/** `format` names the same thing in a version that we do not know: nothing can be said about it. */
export function isOtherVersion(value: Json, format: string): boolean {
  if (!isJsonObject(value) || typeof value['format'] !== 'string') return false;
  const [name = ''] = format.split('/v');
  return value['format'] !== format && new RegExp(`^${name}/v[1-9][0-9]*$`).test(value['format']);
}

function isLogOf(issuer: string, origin: string): boolean {
  const prefix = logOrigin(issuer, '');
  return origin.startsWith(prefix) && /^[0-9a-f]{16}$/.test(origin.slice(prefix.length));
}

function readLogKeys(h: Sha256, origin: string, texts: readonly string[]): Result<VerifierKey[], string> {
  const keys: VerifierKey[] = [];
  for (const text of texts) {
    const key = parseVkey(h, text);
    if (!key.ok) return err(`a key of ${origin}: ${key.error}`);
    if (key.value.name !== origin) return err(`a key of ${origin} has another name`);
    keys.push(key.value);
  }
  return ok(keys);
}

function readWindows(
  h: Sha256,
  pinned: TrustFile['logs'][number]['receipt_keys'],
): Result<KeyWindow[], string> {
  const windows: KeyWindow[] = [];
  for (const { jwk, from, to } of pinned) {
    const publicKey = publicKeyOf(jwk);
    if (publicKey === undefined) return err('a receipt key is not 32 bytes of unpadded base64url');
    if (to !== undefined && to < from) return err('a receipt key ends before it begins');
    const window = { kid: keyThumbprint(h, jwk), publicKey, from: BigInt(from) };
    windows.push(to === undefined ? window : { ...window, to: BigInt(to) });
  }
  return ok(windows);
}

function malformed(detail: string): Result<never, TrustProblem> {
  return err({ kind: 'malformed', detail });
}
