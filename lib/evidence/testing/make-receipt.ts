import { hash } from 'node:crypto';
import { canonicalJson, toBase64Url, utf8, type Json, type JsonObject } from '#lib/core';
import {
  ed25519JwkOf,
  GROUP_NAMES,
  keyThumbprint,
  LAYOUT,
  type GroupName,
  type ReceiptKind,
} from '../index.ts';
import { nodeCrypto, type TestKey } from './node-crypto.ts';

export type Disclosable = Partial<Record<GroupName, Readonly<Record<string, Json>>>>;

export interface ReceiptParts {
  readonly kind: ReceiptKind;
  /** Clear members, groups among them without their `_sd`. */
  readonly clear: JsonObject;
  readonly disclose?: Disclosable;
  /** Changes the finished payload, digests included, before it is signed. */
  readonly edit?: (payload: Record<string, Json>) => Json;
  /** The text of the payload, when it is not to be canonical. */
  readonly spell?: (text: string) => string;
  readonly header?: (kid: string) => string;
  /** The finished JWT, spelled differently. */
  readonly respell?: (jwt: string) => string;
}

export interface MadeReceipt {
  readonly kind: ReceiptKind;
  readonly payload: JsonObject;
  /** Leaf data: the JWT, or an attempt's text. */
  readonly leaf: string;
  /** By `group.name`. */
  readonly disclosures: Readonly<Record<string, string>>;
}

/** A deterministic source of salts and decoys. */
export function createSalts(name: string): (bytes: number) => Uint8Array {
  let counter = 0;
  return (bytes) => {
    counter += 1;
    return new Uint8Array(hash('sha256', `${name} ${counter}`, 'buffer').subarray(0, bytes));
  };
}

export function digestOf(disclosure: string): string {
  return toBase64Url(nodeCrypto.sha256(utf8(disclosure)));
}

export function encodeDisclosure(salt: Uint8Array, name: string, value: Json): string {
  return toBase64Url(utf8(canonicalJson([toBase64Url(salt), name, value])));
}

/** Builds a receipt as the layout says: one digest per name, decoys for what is absent, sorted. */
export function makeReceipt(
  parts: ReceiptParts,
  signer: TestKey,
  salts: (bytes: number) => Uint8Array,
): MadeReceipt {
  const disclosures: Record<string, string> = {};
  const payload: Record<string, Json> = { ...parts.clear, v: 1, kind: parts.kind, _sd_alg: 'sha-256' };
  for (const group of GROUP_NAMES) {
    const names: readonly string[] = LAYOUT[parts.kind][group];
    const member = group === 'top' ? payload : payload[group];
    if (names.length === 0 || member === undefined) continue;
    const digests = names.map((name) => {
      const value = parts.disclose?.[group]?.[name];
      if (value === undefined) return toBase64Url(salts(32));
      const disclosure = encodeDisclosure(salts(16), name, value);
      disclosures[`${group}.${name}`] = disclosure;
      return digestOf(disclosure);
    });
    if (group === 'top') payload['_sd'] = digests.toSorted();
    else payload[group] = { ...(member as JsonObject), _sd: digests.toSorted() };
  }
  const edited = (parts.edit?.(payload) ?? payload) as JsonObject;
  const text = (parts.spell ?? String)(canonicalJson(edited));
  const leaf =
    parts.kind === 'attempt' ? text : (parts.respell ?? String)(signJwt(text, signer, parts.header));
  return { kind: parts.kind, payload: edited, leaf, disclosures };
}

export function signJwt(payload: string, signer: TestKey, header = headerFor): string {
  const kid = kidOf(signer);
  const input = `${toBase64Url(utf8(header(kid)))}.${toBase64Url(utf8(payload))}`;
  return `${input}.${toBase64Url(signer.sign(utf8(input)))}`;
}

export function kidOf(key: TestKey): string {
  return keyThumbprint(nodeCrypto.sha256, ed25519JwkOf(key.publicKey));
}

export function headerFor(kid: string): string {
  return `{"alg":"Ed25519","kid":"${kid}","typ":"countersign-receipt+sd-jwt"}`;
}
