import { toBase64 } from '#lib/core';
import { rotateReceiptKey } from './make-log.ts';
import { keyFrom } from './node-crypto.ts';
import { sample } from './samples.ts';
import { caseOf, changed, invalid, misissued, type Case } from './scene.ts';

const next = keyFrom('receipt 2');

export const INVALID_SET_CASES: readonly Case[] = [
  changed('a receipt twice', invalid('uniqueness'), (bundle) =>
    bundle.receipts.push({ ...bundle.receipts[1]! }),
  ),
  changed('a receipt twice, with other disclosures', invalid('uniqueness'), (bundle) => {
    const [jwt] = String(bundle.receipts[1]!['sd_jwt']).split('~');
    bundle.receipts.push({ sd_jwt: `${jwt}~`, proof: bundle.receipts[1]!['proof'] });
  }),
  caseOf('a key receipt twice', invalid('uniqueness'), ({ log, opening, outcome }) => ({
    bundle: log.bundle([outcome], { keys: [opening, opening] }),
  })),
  caseOf('two receipts with one id', invalid('uniqueness'), ({ log, outcome }) => {
    const twin = log.add({ ...sample('sign_in'), edit: (payload) => ({ ...payload, jti: outcome.jti }) });
    return { bundle: log.bundle([outcome, twin]) };
  }),
  caseOf('a receipt and a key with one id', invalid('uniqueness'), ({ log, outcome }) => {
    const twin = rotateReceiptKey(log, next, { edit: (payload) => ({ ...payload, jti: outcome.jti }) });
    return { bundle: log.bundle([outcome], { keys: [twin] }) };
  }),
  caseOf('two outcomes of one attempt', invalid('attempts'), ({ log, attempt, outcome }) => ({
    bundle: log.bundle([attempt, outcome, log.add(sample('tool_call', attempt.jti))]),
  })),
  caseOf(
    'two outcomes of an attempt that is not in the bundle',
    invalid('attempts'),
    ({ log, attempt, outcome }) => ({
      bundle: log.bundle([outcome, log.add(sample('task', attempt.jti))]),
    }),
  ),
  caseOf('an outcome before its attempt', invalid('attempts'), ({ log }) => {
    const early = log.add(sample('tool_call', '019a9f00-0000-7000-8000-000000000004'));
    return { bundle: log.bundle([early, log.add(sample('attempt'))]) };
  }),
  caseOf('a late outcome before its attempt', invalid('attempts'), ({ log }) => {
    const early = log.add(sample('late_outcome', '019a9f00-0000-7000-8000-000000000004'));
    return { bundle: log.bundle([early, log.add(sample('attempt'))]) };
  }),
  caseOf('an outcome of what is no attempt', invalid('attempts'), ({ log, outcome }) => ({
    bundle: log.bundle([outcome, log.add(sample('tool_call', outcome.jti))]),
  })),
  caseOf('an outcome of itself', invalid('attempts'), ({ log }) => ({
    bundle: log.bundle([log.add(sample('tool_call', '019a9f00-0000-7000-8000-000000000003'))]),
  })),
  caseOf('a second send before the first', invalid('attempts'), ({ log }) => {
    const again = log.add(sample('attempt', undefined, '019a9f00-0000-7000-8000-000000000004'));
    return { bundle: log.bundle([again, log.add(sample('attempt'))]) };
  }),
];

export const INVALID_HEAD_CASES: readonly Case[] = [
  misissued('a head later than the receipt', invalid('heads'), (payload, { log }) => ({
    ...payload,
    log: { ...(payload['log'] as object), size: log.size() + 1 },
  })),
  misissued(
    'an attempt with a head later than itself',
    invalid('heads'),
    (payload, { log }) => ({
      ...payload,
      log: { ...(payload['log'] as object), size: log.size() + 1 },
    }),
    'attempt',
  ),
  misissued('a wrong root for the empty log', invalid('heads'), (payload) => ({
    ...payload,
    log: { ...(payload['log'] as object), size: 0 },
  })),
  caseOf('two roots for one size', invalid('heads'), ({ log, outcome }) => {
    const root = toBase64(new Uint8Array(32));
    const other = log.add({
      ...sample('sign_in'),
      edit: (payload) => ({ ...payload, log: { id: log.id, size: outcome.index, root } }),
    });
    return { bundle: log.bundle([outcome, other]) };
  }),
  caseOf('two roots for one size, one named by a key', invalid('heads'), ({ log, outcome }) => {
    const root = toBase64(new Uint8Array(32));
    const link = rotateReceiptKey(log, next, {
      edit: (payload) => ({ ...payload, log: { id: log.id, size: outcome.index, root } }),
    });
    return { bundle: log.bundle([outcome], { keys: [link] }) };
  }),
];
