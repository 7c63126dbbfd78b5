import { CONTEXT, sample } from './samples.ts';
import { caseOf, changed, invalid, type Case } from './scene.ts';

export const INVALID_BODY_CASES: readonly Case[] = [
  changed('other arguments', invalid('bodies'), (bundle) =>
    Object.assign(bundle.receipts[0]!['body'] as object, { arguments: { title: 'Elf' } }),
  ),
  changed('another result', invalid('bodies'), (bundle) =>
    Object.assign(bundle.receipts[1]!['body'] as object, { result: '{"content":[]}' }),
  ),
  changed('a result that is JSON instead of its bytes', invalid('format'), (bundle) =>
    Object.assign(bundle.receipts[1]!['body'] as object, { result: {} }),
  ),
  changed('another context', invalid('bodies'), (bundle) =>
    Object.assign(bundle.receipts[1]!['body'] as object, { context: { ...CONTEXT, time: 1 } }),
  ),
  changed('other values', invalid('bodies'), (bundle) =>
    Object.assign(bundle.receipts[1]!['body'] as object, { values: {} }),
  ),
  caseOf('a body whose digest is not disclosed', invalid('bodies'), ({ log, outcome }) => ({
    bundle: log.bundle([outcome], {
      reveal: ['top.arguments'],
      bodies: { [outcome.index]: { context: CONTEXT } },
    }),
  })),
  caseOf('a body of a claim that stands in the disclosure itself', invalid('bodies'), ({ log }) => {
    const made = log.add({ ...sample('tool_call'), disclose: { top: { context: '{"b":1}' } } });
    return { bundle: log.bundle([made], { bodies: { [made.index]: { context: { b: 1 } } } }) };
  }),
  caseOf('the right bytes, another length', invalid('bodies'), ({ log }) => {
    const { disclose } = sample('tool_call');
    const digest = disclose?.top?.['context'] as { bytes: number; sha256: string };
    const top = { context: { ...digest, bytes: digest.bytes + 1 } };
    const made = log.add({ ...sample('tool_call'), disclose: { top } });
    return { bundle: log.bundle([made], { bodies: { [made.index]: { context: CONTEXT } } }) };
  }),
];
