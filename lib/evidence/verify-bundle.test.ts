import { describe, expect, test } from 'vitest';
import { formatVerdict, pureCrypto, verifyBundle, type Check } from './index.ts';
import { CASES } from './testing/cases.ts';
import { nodeCrypto } from './testing/node-crypto.ts';
import type { Case } from './testing/scene.ts';

function names(checks: readonly Check[], passed: Check['passed']): string[] {
  return [...new Set(checks.filter((check) => check.passed === passed).map((check) => check.name))];
}

/** What a case must come to: its verdict, its check among those that failed or stayed open, and no others that may not. */
function judge(of: Case) {
  const verdict = verifyBundle(of.bundle, of.trust, nodeCrypto);
  const failed = names(verdict.checks, 'no');
  const open = names(verdict.checks, 'not made');
  const blamed = of.verdict === 'INVALID' ? failed : open;
  return {
    verdict: verdict.verdict,
    isBlamed: of.check === undefined ? blamed.length === 0 : blamed.includes(of.check),
    words: formatVerdict(verdict),
  };
}

describe.each(CASES)('%s', (_group, cases) => {
  test.each(cases.map((one) => [one.name, one] as const))('%s', (_name, one) => {
    const { words, ...judged } = judge(one);
    expect({ ...judged, words }).toEqual({ verdict: one.verdict, isBlamed: true, words });
  });
});

test('pure JavaScript comes to the same verdicts, check by check', () => {
  const sample = CASES.filter(([group]) => !/format|encoding|schema|disclosures/.test(group));
  for (const { bundle, trust } of sample.flatMap(([, cases]) => cases)) {
    expect(verifyBundle(bundle, trust, pureCrypto)).toEqual(verifyBundle(bundle, trust, nodeCrypto));
  }
});
