import { toBase64 } from '#lib/core';
import { createTestLog, type TestLog } from './make-log.ts';
import { caseOf, changed, invalid, misissued, type Case, proofChanged } from './scene.ts';

/** A checkpoint that the log's own key signed, with another text. */
function checkpointSigned(
  name: string,
  check: 'inclusion' | 'checkpoint',
  make: (log: TestLog) => string,
): Case {
  return caseOf(name, invalid(check), (scene) => {
    const { log, attempt, outcome } = scene;
    return { bundle: log.bundle([attempt, outcome], { checkpoint: make(log) }) };
  });
}

export const INVALID_INCLUSION_CASES: readonly Case[] = [
  proofChanged('a proof of another version', '@v1', '@v2'),
  proofChanged('another index', 'index 1', 'index 0'),
  proofChanged('an index beyond the log', 'index 1', 'index 3'),
  proofChanged('an index with a leading zero', 'index 1', 'index 01'),
  proofChanged('an index beyond uint64', 'index 1', 'index 18446744073709551617'),
  proofChanged('a path with a hash too few', /index 1\n[^\n]+\n/, 'index 1\n'),
  proofChanged('a path with a hash too many', /(index 1\n[^\n]+\n)/, `$1${toBase64(new Uint8Array(32))}\n`),
  proofChanged('a path with another hash', /index 1\n[^\n]+\n/, `index 1\n${toBase64(new Uint8Array(32))}\n`),
  proofChanged(
    'a path with a hash of 31 bytes',
    /index 1\n[^\n]+\n/,
    `index 1\n${toBase64(new Uint8Array(31))}\n`,
  ),
  proofChanged('a path with an unpadded hash', /=\n/, '\n'),
  proofChanged('carriage returns', /\n/g, '\r\n'),
  changed('the proof of another receipt', invalid('inclusion'), (bundle) => {
    bundle.receipts[0]!['proof'] = bundle.receipts[1]!['proof'];
  }),
  checkpointSigned('a checkpoint of another root', 'inclusion', (log) =>
    log.checkpoint({ root: new Uint8Array(32) }),
  ),
  checkpointSigned('a checkpoint of an earlier size', 'inclusion', (log) => log.checkpoint({ size: 2 })),
  checkpointSigned('a checkpoint of the empty log', 'inclusion', (log) => log.checkpoint({ size: 0 })),
  misissued('a receipt that says it is of another log', invalid('inclusion'), (payload) => ({
    ...payload,
    log: { ...(payload['log'] as object), id: 'fedcba9876543210' },
  })),
  misissued('a receipt of another issuer', invalid('inclusion'), (payload) => ({
    ...payload,
    iss: 'https://other.example.com',
  })),
  misissued(
    'an attempt of another issuer',
    invalid('inclusion'),
    (payload) => ({ ...payload, iss: 'https://other.example.com' }),
    'attempt',
  ),
  caseOf("another log's checkpoint over the same tree", invalid('inclusion'), ({ log, outcome }) => {
    const other = { ...createTestLog('https://other.mcp.example.com') };
    const checkpoint = log.checkpoint().replaceAll(log.origin, other.origin);
    return { bundle: log.bundle([outcome], { checkpoint }) };
  }),
];
