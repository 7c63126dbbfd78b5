import { err, ok, type Result } from '#lib/core';
import type { Checkpoint } from '#lib/tlog';
import { isNeeded } from './check-entry.ts';
import { isInForce, type KeyChain } from './key-chain.ts';
import { parseTrust, type Trust } from './parse-trust.ts';
import type { Entry } from './read-bundle.ts';
import type { Recorder } from './recorder.ts';
import type { EvidenceCrypto } from './types.ts';

/** What the reader pinned, or why it can't be used; the reason is recorded once the bundle was looked at. */
export type Pinned = Result<Trust, { readonly passed: 'no' | 'not made'; readonly detail: string }>;

/** Reads the trust file; to have none is no fault, it only leaves `trust` open. */
export function readPinned(crypto: EvidenceCrypto, text: string | undefined): Pinned {
  if (text === undefined)
    return err({ passed: 'not made', detail: 'no trust file was given: keys inside a bundle prove nothing' });
  const trust = parseTrust(crypto.sha256, text);
  if (trust.ok) return ok(trust.value);
  const passed = trust.error.kind === 'malformed' ? 'no' : 'not made';
  return err({ passed, detail: `the trust file can't be used: ${trust.error.detail}` });
}

/** Issuer, log and key of every receipt are ones that the reader trusts, at this place in the log. */
export function checkTrust(
  entries: readonly Entry[],
  pinned: Pinned,
  checkpoint: Checkpoint | undefined,
  chain: KeyChain,
  record: Recorder,
): void {
  if (!pinned.ok)
    return pinned.error.passed === 'no'
      ? record.no('trust', pinned.error.detail)
      : record.notMade('trust', pinned.error.detail);
  if (checkpoint === undefined) return;
  if (!pinned.value.logs.has(checkpoint.origin)) {
    return record.notMade('trust', `the trust file does not know the log ${checkpoint.origin}`);
  }
  for (const entry of entries) checkEntryTrust(entry, pinned.value, checkpoint, chain, record);
}

function checkEntryTrust(
  entry: Entry,
  trust: Trust,
  checkpoint: Checkpoint,
  chain: KeyChain,
  record: Recorder,
): void {
  const { at, opened, proof } = entry;
  if (!opened.ok || proof === undefined) return;
  const { signed, signature } = opened.value;
  const kid = signature?.kid;
  if (signed.iss !== trust.issuer) {
    record.no('trust', `issued by ${signed.iss}, not by ${trust.issuer}`, at);
  } else if (kid === undefined) {
    record.yes('trust', `${checkpoint.origin} is trusted; an attempt has no key of its own`, at);
  } else if (isInForce(chain.windows, kid, proof.index)) {
    record.yes('trust', `the key ${kid} was in force at index ${proof.index}`, at);
  } else if (!isNeeded(entry)) {
    // A key receipt that does not count extends nothing and is otherwise no matter: see `chainKeys`.
  } else if (chain.windows.some((window) => window.kid === kid)) {
    record.no('trust', `the key ${kid} was not in force at index ${proof.index}`, at);
  } else {
    record.notMade('trust', `the key ${kid} is neither pinned nor named by one that is`, at);
  }
}
