import { ed25519JwkOf } from '../index.ts';
import { createTestLog, openLog, rotateReceiptKey, vkeyOf } from './make-log.ts';
import { kidOf } from './make-receipt.ts';
import { keyFrom } from './node-crypto.ts';
import { sample } from './samples.ts';
import { caseOf, invalid, replaceIn, type Case } from './scene.ts';

const next = keyFrom('receipt 2');

const stranger = keyFrom('stranger');

export const INVALID_KEY_CASES: readonly Case[] = [
  caseOf('entry 0 is no opening', invalid('keys'), () => {
    const log = createTestLog();
    return { bundle: log.bundle([log.add(sample('sign_in'))]) };
  }),
  caseOf('entry 0 is an attempt', invalid('keys'), () => {
    const log = createTestLog();
    return { bundle: log.bundle([log.add(sample('attempt'))]) };
  }),
  caseOf('a second opening', invalid('keys'), ({ log }) => ({ bundle: log.bundle([openLog(log)]) })),
  caseOf('an opening signed by another key than it names', invalid('keys'), () => {
    const log = createTestLog();
    const opening = openLog({ ...log, receiptKey: next });
    return { bundle: log.bundle([opening]) };
  }),
  ...[
    ['an opening of another log', { id: 'fedcba9876543210' }],
    ['an opening of another origin', { origin: 'other.example.com/log/0123456789abcdef' }],
    ['an opening with a broken vkey', { vkey: 'acme' }],
    [
      'an opening with the vkey of another log',
      { vkey: vkeyOf({ origin: 'other.example.com/log/0123456789abcdef' }, stranger) },
    ],
  ].map(([name, change]) =>
    caseOf(String(name), invalid('keys'), () => {
      const log = createTestLog();
      const jwk = { ...ed25519JwkOf(log.receiptKey.publicKey) };
      const own = { id: log.id, origin: log.origin, vkey: vkeyOf(log, log.logKey), ...(change as object) };
      return {
        bundle: log.bundle([log.addKey({ purpose: 'receipt', kid: kidOf(log.receiptKey), jwk, log: own })]),
      };
    }),
  ),
  caseOf('a key receipt whose kid is not its thumbprint', invalid('keys'), ({ log }) => {
    const jwk = { ...ed25519JwkOf(next.publicKey) };
    return { bundle: log.bundle([log.addKey({ purpose: 'mint', kid: kidOf(stranger), jwk })]) };
  }),
  caseOf('a log key whose vkey is another key', invalid('keys'), ({ log }) => {
    const jwk = { ...ed25519JwkOf(next.publicKey) };
    return {
      bundle: log.bundle([
        log.addKey({ purpose: 'log', kid: kidOf(next), jwk, vkey: vkeyOf(log, stranger) }),
      ]),
    };
  }),
  caseOf('what is no key receipt among the keys', invalid('keys'), ({ log, outcome, attempt }) => ({
    bundle: log.bundle([attempt], { keys: [outcome] }),
  })),
  caseOf('a forged key receipt among the keys', invalid('signature'), ({ log, outcome }) => {
    const header = () =>
      `{"alg":"Ed25519","kid":"${kidOf(log.receiptKey)}","typ":"countersign-receipt+sd-jwt"}`;
    const link = rotateReceiptKey({ ...log }, next, { signer: stranger, header });
    return { bundle: log.bundle([outcome], { keys: [link] }) };
  }),
  caseOf(
    'a key receipt among the keys that is not in the log',
    invalid('inclusion'),
    ({ log, outcome, opening }) => {
      const bundle = log.bundle([outcome], { keys: [opening] });
      replaceIn(bundle.keys?.[0], 'proof', 'index 0', 'index 1');
      return { bundle };
    },
  ),
  caseOf(
    'a key receipt among the keys with a broken encoding',
    invalid('encoding'),
    ({ log, outcome, opening }) => {
      const bundle = log.bundle([outcome], { keys: [opening] });
      replaceIn(bundle.keys?.[0], 'sd_jwt', '~', '=~');
      return { bundle };
    },
  ),
];
