import { toBase64 } from '#lib/core';
import { createTestLog, openLog, type TestLog } from './make-log.ts';
import { addCall, sample } from './samples.ts';
import { caseOf, createScene, invalid, wholeBundle, type Case } from './scene.ts';

export const INVALID_CONSISTENCY_CASES: readonly Case[] = [
  consistencyOf('a consistency proof that is none', () => 'old 1\n'),
  consistencyOf('a consistency proof from size 0', (log) =>
    log.consistency(2).replace(/old 2\n[^]*?\n\n/, 'old 0\n\n'),
  ),
  consistencyOf('a consistency proof with a hash too many', (log) =>
    log.consistency(2).replace(/\n\n/, `\n${toBase64(new Uint8Array(32))}\n\n`),
  ),
  consistencyOf('a consistency proof of other hashes', (log) =>
    log.consistency(2).replace(/old 2\n[^\n]+/, `old 2\n${toBase64(new Uint8Array(32))}`),
  ),
  consistencyOf('a consistency proof to a smaller log', (log) =>
    log.consistency(2).replace('old 2', 'old 9'),
  ),
  consistencyOf('a consistency proof of another log', (log) =>
    log.consistency(2).replaceAll(log.origin, 'other.example/log/1'),
  ),
  consistencyOf('a consistency proof whose checkpoint was not signed', (log) =>
    log.consistency(2).replace(/\n3\n/, '\n5\n'),
  ),
  caseOf('a later checkpoint that forgot what an earlier one had', invalid('consistency'), (scene) => {
    const bundle = wholeBundle(scene);
    const fork = createScene().log;
    fork.add(sample('sign_in'));
    const other = createTestLog();
    openLog(other);
    addCall(other);
    other.add(sample('admin'));
    const [head = ''] = other.consistency(2).split('\n\n');
    const [, ...signed] = other.consistency(2).split('\n\n');
    const lying = [head.replace(/^old 2/, 'old 1'), ...signed].join('\n\n');
    return { bundle: { ...bundle, consistency: [lying] } };
  }),
  caseOf('a consistency checkpoint that contradicts the one of the proofs', invalid('heads'), (scene) => {
    const bundle = wholeBundle(scene);
    const fork = createTestLog();
    openLog(fork);
    fork.add(sample('sign_in'));
    fork.add(sample('sign_in'));
    return { bundle: { ...bundle, consistency: [fork.consistency(1)] } };
  }),
];

function consistencyOf(name: string, make: (log: TestLog) => string): Case {
  return caseOf(name, invalid('consistency'), (scene) => ({
    bundle: { ...wholeBundle(scene), consistency: [make(scene.log)] },
  }));
}
