import type { Check, CheckName, Verdict } from './verdict-types.ts';

/** Collects checks; the verdict follows from them and from nothing else. */
export interface Recorder {
  readonly checks: readonly Check[];
  yes(name: CheckName, detail: string, at?: string): void;
  no(name: CheckName, detail: string, at?: string): void;
  notMade(name: CheckName, detail: string, at?: string): void;
}

export function createRecorder(): Recorder {
  const checks: Check[] = [];
  const record = (passed: Check['passed']) => (name: CheckName, detail: string, at?: string) => {
    checks.push(at === undefined ? { name, passed, detail } : { name, at, passed, detail });
  };
  return { checks, yes: record('yes'), no: record('no'), notMade: record('not made') };
}

/** Checks without which a receipt, or a bundle, is not VALID. */
const OF_RECEIPT: readonly CheckName[] = [
  'encoding',
  'schema',
  'disclosures',
  'signature',
  'inclusion',
  'trust',
  'heads',
];
const OF_BUNDLE: readonly CheckName[] = ['format', 'checkpoint', 'uniqueness', 'attempts', 'heads'];

/** INVALID beats UNVERIFIABLE beats VALID. A check that is missing altogether counts as not made. */
export function verdictOf(
  checks: readonly Check[],
  receipts: readonly { readonly at: string }[],
): Verdict['verdict'] {
  if (checks.some((check) => check.passed === 'no')) return 'INVALID';
  const made = new Set(checks.map((check) => `${check.at ?? ''} ${check.name}`));
  const isComplete =
    receipts.length > 0 &&
    OF_BUNDLE.every((name) => made.has(` ${name}`)) &&
    receipts.every(({ at }) => OF_RECEIPT.every((name) => made.has(`${at} ${name}`)));
  return isComplete && checks.every((check) => check.passed === 'yes') ? 'VALID' : 'UNVERIFIABLE';
}
