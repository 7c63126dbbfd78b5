import { expect, test } from 'vitest';
import { formatVerdict, verifyBundle, pureCrypto } from './index.ts';
import { createTestLog, openLog } from './testing/make-log.ts';
import { nodeCrypto } from './testing/node-crypto.ts';
import { addCall, BODY } from './testing/samples.ts';

test('smoke', () => {
  const log = createTestLog();
  const opening = openLog(log);
  const { attempt, outcome } = addCall(log);
  const { arguments: args, context, values } = BODY;
  const bundle = log.bundle([attempt, outcome], {
    keys: [opening],
    bodies: { 1: { arguments: args!, context: context!, values: values! }, 2: BODY },
  });
  const verdict = verifyBundle(JSON.stringify(bundle), log.trust(), nodeCrypto);
  console.log(formatVerdict(verdict));
  console.log(formatVerdict(verifyBundle(JSON.stringify(bundle), undefined, pureCrypto)));
  expect(verdict.verdict).toBe('VALID');
});
