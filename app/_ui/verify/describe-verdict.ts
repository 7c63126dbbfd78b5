import {
  CHECK_MEANINGS,
  parseTrust,
  pureCrypto,
  verifyBundle,
  type Check,
  type CheckName,
  type Verdict,
} from '#lib/evidence';
import type { CheckLine, PinnedKey, VerdictModel, VerifiedReceipt } from './verdict-model.ts';

const RECEIPTS_SHOWN_MAX = 50;
const NOTES_SHOWN_MAX = 50;
const FINDINGS_SHOWN_MAX = 20;

/** Verifies a bundle with the browser's own crypto, and says what came of it in words. */
export function describeVerdict(bundle: string, trust: string | undefined): VerdictModel {
  const { verdict, checks, receipts, checkpoint, notes } = verifyBundle(bundle, trust, pureCrypto);
  const names = [...new Set(checks.map(({ name }) => name))];
  return {
    verdict,
    checks: names.map((name) =>
      describeCheck(
        name,
        checks.filter((check) => check.name === name),
      ),
    ),
    receipts: receipts.slice(0, RECEIPTS_SHOWN_MAX).map(describeReceipt),
    receiptCount: receipts.length,
    ...(checkpoint === undefined ? {} : { log: { origin: checkpoint.origin, size: checkpoint.size } }),
    notes: notes.slice(0, NOTES_SHOWN_MAX),
    noteCount: notes.length,
    pinned: trust === undefined ? [] : describeTrust(trust),
  };
}

function describeCheck(name: CheckName, checks: readonly Check[]): CheckLine {
  const wrong = checks.filter(({ passed }) => passed !== 'yes');
  const isFailed = wrong.some(({ passed }) => passed === 'no');
  // What failed stands before what stayed open.
  const inOrder = wrong.toSorted((left, right) =>
    left.passed === right.passed ? 0 : left.passed === 'no' ? -1 : 1,
  );
  return {
    name,
    state: wrong.length === 0 ? 'passed' : isFailed ? 'failed' : 'open',
    ...CHECK_MEANINGS[name],
    findings: inOrder
      .slice(0, FINDINGS_SHOWN_MAX)
      .map(({ at, detail }) => (at === undefined ? { detail } : { at, detail })),
  };
}

function describeReceipt({ at, index, payload }: Verdict['receipts'][number]): VerifiedReceipt {
  return {
    at,
    ...(index === undefined ? {} : { index }),
    ...(payload === undefined
      ? {}
      : {
          id: payload.jti,
          what: [payload.kind, payload.tool?.name, payload.outcome?.status].filter(Boolean).join(' '),
        }),
  };
}

function describeTrust(text: string): PinnedKey[] {
  const trust = parseTrust(pureCrypto.sha256, text);
  if (!trust.ok) return [];
  return [...trust.value.logs.values()].flatMap(({ keys, receiptKeys }) => [
    ...keys.map(({ name, id }) => ({ use: 'log' as const, fingerprint: `${name}+${id}` })),
    ...receiptKeys.map(({ kid }) => ({ use: 'receipts' as const, fingerprint: kid })),
  ]);
}
