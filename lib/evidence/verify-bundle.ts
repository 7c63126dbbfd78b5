import { toBase64 } from '#lib/core';
import type { Checkpoint } from '#lib/tlog';
import { checkCheckpoint, readSharedCheckpoint } from './check-checkpoint.ts';
import { checkConsistency } from './check-consistency.ts';
import {
  absentBodies,
  checkBodies,
  checkForm,
  checkInclusion,
  checkKeyClaim,
  checkOwnHead,
  checkSignature,
} from './check-entry.ts';
import { checkAttempts, checkHeads, checkUniqueness, collectHeads } from './check-set.ts';
import { checkTrust, readPinned, type Pinned } from './check-trust.ts';
import { collectHints, type KeyHints } from './key-hints.ts';
import { chainKeys, type ProvenKeyReceipt } from './key-chain.ts';
import { listLimits } from './list-limits.ts';
import { readBundle, type Entry, type ReadBundle } from './read-bundle.ts';
import { createRecorder, verdictOf, type Recorder } from './recorder.ts';
import type { EvidenceCrypto } from './types.ts';
import type { Bundle, ReceiptFinding, Verdict } from './verdict-types.ts';

/**
 * The verdict on a bundle. `trustText` is what the reader pinned, from outside the evidence; without it nothing is more
 * than UNVERIFIABLE. Bad input is a verdict, never an exception.
 */
export function verifyBundle(
  input: string | Bundle,
  trustText: string | undefined,
  crypto: EvidenceCrypto,
): Verdict {
  const record = createRecorder();
  const pinned = readPinned(crypto, trustText);
  const bundle = readBundle(crypto, input);
  if (bundle.ok) {
    record.yes('format', 'a countersign-bundle/v1');
    return judge({ crypto, record, pinned, bundle: bundle.value });
  }
  if (bundle.error.kind === 'malformed') record.no('format', bundle.error.detail);
  else record.notMade('format', bundle.error.detail);
  if (!pinned.ok && pinned.error.passed === 'no') record.no('trust', pinned.error.detail);
  return { verdict: verdictOf(record.checks, []), checks: record.checks, receipts: [], notes: [] };
}

interface Case {
  readonly crypto: EvidenceCrypto;
  readonly record: Recorder;
  readonly pinned: Pinned;
  readonly bundle: ReadBundle;
}

function judge({ crypto, record, pinned, bundle }: Case): Verdict {
  const { receipts, keys, consistency } = bundle;
  const entries = [...receipts, ...keys];
  const shared = readSharedCheckpoint(entries, record);
  const checkpoint = shared?.checkpoint;
  const hints = collectHints(crypto.sha256, entries, pinned.ok ? pinned.value : undefined);
  const proven = checkEntries({ crypto, record, entries, checkpoint, hints });
  const log = checkpoint && pinned.ok ? pinned.value.logs.get(checkpoint.origin) : undefined;
  const chain = chainKeys(crypto.sha256, log ?? { keys: [], receiptKeys: [] }, proven);
  // Keys that the bundle itself names can convict it, never clear it: without a pinned log, `trust` stays open.
  const logKeys = log ? chain.logKeys : hints.logKeys;
  const signers = shared && checkCheckpoint(crypto, shared, receipts, logKeys, record);
  checkTrust(entries, pinned, checkpoint, chain, record);
  checkUniqueness(receipts, keys, record);
  const pairs = checkAttempts(receipts, record);
  const heads = collectHeads(entries, checkpoint);
  const links = checkpoint
    ? checkConsistency({ crypto, origin: checkpoint.origin, logKeys, heads, record }, consistency)
    : [];
  checkHeads(heads, record);
  const findings = receipts.map(findingOf);
  const limits = listLimits({ findings, consistency, chain, hints, pinned });
  return {
    verdict: verdictOf(record.checks, receipts),
    checks: record.checks,
    receipts: findings,
    ...(checkpoint ? { checkpoint: describe(checkpoint) } : {}),
    notes: [...pairs, ...(signers?.notes ?? []), ...links, ...limits],
  };
}

interface EntryChecks {
  readonly crypto: EvidenceCrypto;
  readonly record: Recorder;
  readonly entries: readonly Entry[];
  readonly checkpoint: Checkpoint | undefined;
  readonly hints: KeyHints;
}

/** Each receipt by itself. What comes back are the `key` receipts that may extend what is pinned. */
function checkEntries({ crypto, record, entries, checkpoint, hints }: EntryChecks): ProvenKeyReceipt[] {
  const proven: ProvenKeyReceipt[] = [];
  for (const entry of entries) {
    checkForm(entry, record);
    const isSigned = checkSignature(crypto, entry, hints.receiptKeys, record);
    const isIncluded = checkInclusion(crypto, entry, checkpoint, record);
    const isClaimGood = checkKeyClaim(crypto, entry, record);
    checkOwnHead(crypto, entry, record);
    checkBodies(crypto, entry, record);
    const { opened, proof } = entry;
    if (opened.ok && proof && opened.value.signed.kind === 'key' && isSigned && isIncluded && isClaimGood) {
      proven.push({ index: proof.index, receipt: opened.value });
    }
  }
  return proven;
}

function findingOf(entry: Entry): ReceiptFinding {
  const { at, proof, opened } = entry;
  return {
    at,
    ...(proof ? { index: String(proof.index) } : {}),
    ...(opened.ok ? { payload: opened.value.payload } : {}),
    undisclosed: opened.ok ? opened.value.undisclosed : 0,
    absentBodies: absentBodies(entry),
  };
}

function describe({ origin, size, root }: Checkpoint): NonNullable<Verdict['checkpoint']> {
  return { origin, size: String(size), root: toBase64(root) };
}
