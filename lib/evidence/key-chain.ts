import { equalBytes } from '#lib/core';
import { parseVkey, type Sha256, type VerifierKey } from '#lib/tlog';
import { keyThumbprint, publicKeyOf } from './key-thumbprint.ts';
import { logOrigin, type KeyWindow } from './parse-trust.ts';
import type { KeyClaim } from './types.ts';
import type { OpenedReceipt } from './verdict-types.ts';

/** A `key` receipt whose inclusion was proved at `index` and whose signature its `kid` verifies. */
export interface ProvenKeyReceipt {
  readonly index: bigint;
  readonly receipt: OpenedReceipt;
}

export interface KeyChain {
  readonly windows: readonly KeyWindow[];
  readonly logKeys: readonly VerifierKey[];
}

/** What is wrong with a `key` claim in itself, given the receipt that carries it and the place it has in the log. */
export function findKeyProblem(h: Sha256, receipt: OpenedReceipt, index: bigint): string | undefined {
  const { signed, signature } = receipt;
  const { key } = signed;
  const isOpening = key !== undefined && 'log' in key;
  if ((index === 0n) !== isOpening) {
    return index === 0n ? 'entry 0 does not open the log' : 'only entry 0 opens a log';
  }
  if (key === undefined) return undefined;
  if (keyThumbprint(h, key.jwk) !== key.kid) return 'kid is not the thumbprint of the jwk';
  if (isOpening && signature?.kid !== key.kid)
    return 'the opening entry is not signed by the key that it names';
  if (isOpening && key.log.id !== signed.log.id) return 'the opening entry names another log than its own';
  const origin = logOrigin(signed.iss, signed.log.id);
  if (isOpening && key.log.origin !== origin) return 'the opening entry names another origin than its own';
  const vkey = vkeyOf(key);
  if (vkey === undefined) return undefined;
  const parsed = parseVkey(h, vkey);
  if (!parsed.ok) return parsed.error;
  if (parsed.value.name !== origin) return 'the vkey has another name than the log';
  const isItself =
    key.purpose !== 'log' || equalBytes(publicKeyOf(key.jwk) ?? new Uint8Array(), parsed.value.publicKey);
  return isItself ? undefined : 'vkey and jwk are different keys';
}

/**
 * Extends what was pinned by the log's own `key` receipts, in the order of the log: the holder of the key in force
 * names its successor and is followed by it from the next index on. What was signed by a key that is unknown or not in force at that place extends nothing.
 */
export function chainKeys(
  h: Sha256,
  pinned: { readonly receiptKeys: readonly KeyWindow[]; readonly keys: readonly VerifierKey[] },
  receipts: readonly ProvenKeyReceipt[],
): KeyChain {
  let windows = [...pinned.receiptKeys];
  const logKeys = [...pinned.keys];
  const inOrder = receipts.toSorted((left, right) =>
    left.index < right.index ? -1 : Number(left.index > right.index),
  );
  for (const { index, receipt } of inOrder) {
    const { key } = receipt.signed;
    const signer = receipt.signature?.kid;
    if (key === undefined || !isInForce(windows, signer, index)) continue;
    const vkey = vkeyOf(key);
    const logKey = vkey === undefined ? undefined : parseVkey(h, vkey);
    if (logKey?.ok && !logKeys.some((known) => known.id === logKey.value.id)) logKeys.push(logKey.value);
    if (key.purpose === 'receipt' && key.kid !== signer) windows = succeed(windows, signer, key, index);
  }
  return { windows, logKeys };
}

/** Judged by leaf index, never by `iat`. */
export function isInForce(windows: readonly KeyWindow[], kid: string | undefined, index: bigint): boolean {
  return windows.some((window) => window.kid === kid && covers(window, index));
}

function covers(window: KeyWindow, index: bigint): boolean {
  return window.from <= index && (window.to === undefined || index <= window.to);
}

function succeed(
  windows: readonly KeyWindow[],
  signer: string | undefined,
  key: Extract<KeyClaim, { purpose: 'receipt' }>,
  index: bigint,
): KeyWindow[] {
  const publicKey = publicKeyOf(key.jwk);
  const ended = windows.map((window) =>
    window.kid === signer && covers(window, index) ? { ...window, to: index } : window,
  );
  return publicKey === undefined ? ended : [...ended, { kid: key.kid, publicKey, from: index + 1n }];
}

export function vkeyOf(key: KeyClaim): string | undefined {
  if ('log' in key) return key.log.vkey;
  return 'vkey' in key ? key.vkey : undefined;
}
