import { parseVkey, type Sha256, type VerifierKey } from '#lib/tlog';
import { vkeyOf } from './key-chain.ts';
import { keyThumbprint, publicKeyOf } from './key-thumbprint.ts';
import type { Trust } from './parse-trust.ts';
import type { Entry } from './read-bundle.ts';

/**
 * Every key that trust file or bundle name. A receipt key is found by its thumbprint, so it is the key that `kid` means
 * whoever supplied it: a signature can be computed with it. Whether that key counts is another question.
 */
export interface KeyHints {
  readonly receiptKeys: ReadonlyMap<string, Uint8Array>;
  /** Log keys that the bundle's own `key` receipts name. */
  readonly logKeys: readonly VerifierKey[];
}

export function collectHints(h: Sha256, entries: readonly Entry[], trust: Trust | undefined): KeyHints {
  const receiptKeys = new Map<string, Uint8Array>();
  const logKeys = new Map<string, VerifierKey>();
  for (const log of trust?.logs.values() ?? []) {
    for (const { kid, publicKey } of log.receiptKeys) receiptKeys.set(kid, publicKey);
  }
  for (const { opened } of entries) {
    const key = opened.ok ? opened.value.signed.key : undefined;
    if (key === undefined) continue;
    const publicKey = key.jwk.crv === 'Ed25519' ? publicKeyOf(key.jwk) : undefined;
    if (key.purpose === 'receipt' && publicKey) receiptKeys.set(keyThumbprint(h, key.jwk), publicKey);
    const vkey = vkeyOf(key);
    const logKey = vkey === undefined ? undefined : parseVkey(h, vkey);
    if (logKey?.ok) logKeys.set(`${logKey.value.name}+${logKey.value.id}`, logKey.value);
  }
  return { receiptKeys, logKeys: [...logKeys.values()] };
}
