import { ed25519JwkOf } from '../index.ts';
import { addLogKey, createTestLog, openLog, rotateReceiptKey, vkeyOf } from './make-log.ts';
import { keyFrom } from './node-crypto.ts';
import { sample } from './samples.ts';
import { caseOf, unverifiable, wholeBundle, type Case } from './scene.ts';

const next = keyFrom('receipt 2');
const stranger = keyFrom('stranger');

export const UNVERIFIABLE_CASES: readonly Case[] = [
  noTrust('no trust file'),
  caseOf('a trust file of a later version', unverifiable('trust'), (scene) => ({
    bundle: wholeBundle(scene),
    trust: scene.log.trust((file) => ({ ...file, format: 'countersign-trust/v2', more: 1 })),
  })),
  caseOf('a bundle of a later version', unverifiable('format'), (scene) => ({
    bundle: { ...wholeBundle(scene), format: 'countersign-bundle/v12' },
  })),
  caseOf('a receipt of a later version', unverifiable('schema'), ({ log }) => ({
    bundle: log.bundle([
      log.add({ ...sample('tool_call'), edit: (payload) => ({ ...payload, v: 2, more: 1 }) }),
    ]),
  })),
  caseOf('an attempt of a later version', unverifiable('schema'), ({ log }) => ({
    bundle: log.bundle([log.add({ ...sample('attempt'), edit: (payload) => ({ ...payload, v: 2 }) })]),
  })),
  caseOf("another tenant's trust file", unverifiable('trust'), (scene) => {
    const other = createTestLog('https://other.mcp.example.com');
    return { bundle: wholeBundle(scene), trust: other.trust() };
  }),
  caseOf('a new log of the tenant that is not pinned', unverifiable('trust'), ({ log }) => {
    const reopened = createTestLog(log.issuer, 'fedcba9876543210');
    openLog(reopened);
    return { bundle: reopened.bundle([reopened.add(sample('tool_call'))]) };
  }),
  caseOf('a receipt key that nobody pinned or named', unverifiable('signature'), ({ log }) => ({
    bundle: log.bundle([log.add({ ...sample('tool_call'), signer: stranger })]),
  })),
  caseOf(
    'a later receipt key without the key receipt that names it',
    unverifiable('signature'),
    ({ log }) => {
      rotateReceiptKey(log, next);
      return { bundle: log.bundle([log.add(sample('tool_call'))]) };
    },
  ),
  caseOf('a chain with its first link missing', unverifiable('trust'), ({ log }) => {
    rotateReceiptKey(log, next);
    const second = rotateReceiptKey(log, keyFrom('receipt 3'));
    return { bundle: log.bundle([log.add(sample('tool_call'))], { keys: [second] }) };
  }),
  caseOf(
    'a key receipt of a signer that nobody knows vouches for nobody',
    unverifiable('trust'),
    ({ log }) => {
      const link = rotateReceiptKey(log, next, { signer: stranger });
      return { bundle: log.bundle([log.add(sample('tool_call'))], { keys: [link] }) };
    },
  ),
  caseOf('a key for tokens does not sign receipts', unverifiable('signature'), ({ log }) => {
    const jwk = { ...ed25519JwkOf(next.publicKey) };
    const link = rotateReceiptKey(log, next, {
      edit: (payload) => ({ ...payload, key: { ...(payload['key'] as object), jwk, purpose: 'mint' } }),
    });
    return { bundle: log.bundle([log.add(sample('tool_call'))], { keys: [link] }) };
  }),
  caseOf(
    'pinned keys without the receipt key: an opening entry proves possession, not trust',
    unverifiable('trust'),
    (scene) => ({
      bundle: wholeBundle(scene),
      trust: scene.log.trust((file) => ({
        ...file,
        logs: file.logs.map((pinned) => ({ ...pinned, receipt_keys: [] })),
      })),
    }),
  ),
  caseOf(
    'a checkpoint of a log key that nobody pinned or named',
    unverifiable('checkpoint'),
    ({ log, outcome }) => ({
      bundle: log.bundle([outcome], { checkpoint: log.checkpoint({ signers: [stranger] }) }),
    }),
  ),
  caseOf(
    'a new log key without the key receipt that names it',
    unverifiable('checkpoint'),
    ({ log, outcome }) => {
      addLogKey(log, next);
      log.logKey = next;
      return { bundle: log.bundle([outcome]) };
    },
  ),
  caseOf('a new log key named by a stranger', unverifiable('checkpoint'), ({ log, outcome }) => {
    const link = addLogKey(log, next, { signer: stranger });
    log.logKey = next;
    return { bundle: log.bundle([outcome], { keys: [link] }) };
  }),
  caseOf(
    'an attempt under a checkpoint that nobody known signed',
    unverifiable('checkpoint'),
    ({ log, attempt }) => ({
      bundle: log.bundle([attempt]),
      trust: log.trust((file) => ({
        ...file,
        logs: file.logs.map((pinned) => ({ ...pinned, keys: [vkeyOf(log, stranger)], receipt_keys: [] })),
      })),
    }),
  ),
];

function noTrust(name: string): Case {
  const { trust: _, ...rest } = caseOf(name, unverifiable('trust'), (scene) => ({
    bundle: wholeBundle(scene),
  }));
  return rest;
}
