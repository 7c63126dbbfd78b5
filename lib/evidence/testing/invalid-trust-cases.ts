import { ed25519JwkOf } from '../index.ts';
import { rotateReceiptKey, vkeyOf, type TestLog } from './make-log.ts';
import { kidOf } from './make-receipt.ts';
import { keyFrom } from './node-crypto.ts';
import { sample } from './samples.ts';
import { caseOf, invalid, wholeBundle, type Case } from './scene.ts';

const next = keyFrom('receipt 2');

const stranger = keyFrom('stranger');

export const INVALID_TRUST_CASES: readonly Case[] = [
  caseOf('signed by a key after its successor was named', invalid('trust'), ({ log, opening }) => {
    const old = log.receiptKey;
    const link = rotateReceiptKey(log, next);
    return {
      bundle: log.bundle([log.add({ ...sample('sign_in'), signer: old })], { keys: [opening, link] }),
    };
  }),
  caseOf('signed by a successor before it was in force', invalid('trust'), ({ log }) => {
    const early = log.add({ ...sample('sign_in'), signer: next });
    return { bundle: log.bundle([early], { keys: [rotateReceiptKey(log, next)] }) };
  }),
  caseOf('a key receipt signed by the successor that it names', invalid('trust'), ({ log }) => {
    const link = rotateReceiptKey(log, next);
    const again = rotateReceiptKey(log, keyFrom('receipt 3'));
    const self = log.addKey(
      { purpose: 'receipt', kid: kidOf(stranger), jwk: { ...ed25519JwkOf(stranger.publicKey) } },
      { signer: next },
    );
    return { bundle: log.bundle([self], { keys: [link, again] }) };
  }),
  caseOf('a second successor of one key', invalid('trust'), ({ log }) => {
    const old = log.receiptKey;
    const link = rotateReceiptKey(log, next);
    const fork = rotateReceiptKey(log, stranger, { signer: old });
    return { bundle: log.bundle([fork], { keys: [link] }) };
  }),
  caseOf('before the pinned window of its key', invalid('trust'), (scene) => ({
    bundle: wholeBundle(scene),
    trust: pinnedWindow(scene.log, { from: 3 }),
  })),
  caseOf('after the pinned window of its key', invalid('trust'), (scene) => ({
    bundle: wholeBundle(scene),
    trust: pinnedWindow(scene.log, { from: 0, to: 1 }),
  })),
  caseOf('the same log under another issuer', invalid('trust'), (scene) => ({
    bundle: wholeBundle(scene),
    trust: scene.log.trust((file) => ({ ...file, issuer: file.issuer.replace('https:', 'http:') })),
  })),
  ...(
    [
      ['a trust file that is not JSON', () => '{'],
      ['a trust file with an unknown member', (log) => log.trust((file) => ({ ...file, note: 'x' }))],
      ['a trust file of another format', (log) => log.trust((file) => ({ ...file, format: 'trust' }))],
      ['a trust file without logs', (log) => log.trust((file) => ({ ...file, logs: [] }))],
      [
        'a trust file that lists a log twice',
        (log) => log.trust((file) => ({ ...file, logs: [...file.logs, ...file.logs] })),
      ],
      [
        'a trust file with a log of another issuer',
        (log) => log.trust((file) => ({ ...file, issuer: 'https://other.example.com' })),
      ],
      [
        'a trust file with a member twice',
        (log) => log.trust().replace('{', '{"issuer":"https://a.example",'),
      ],
      ['a trust file with a broken vkey', (log) => log.trust().replace(/\+[0-9a-f]{8}\+/, '+00000000+')],
      [
        'a trust file with the vkey of another name',
        (log) =>
          log.trust((file) => ({
            ...file,
            logs: [{ ...file.logs[0], keys: [vkeyOf({ origin: 'a.example' }, next)] }],
          })),
      ],
      [
        'a trust file with a window that ends before it begins',
        (log) => pinnedWindow(log, { from: 2, to: 1 }),
      ],
      ['a trust file with a private key', (log) => log.trust().replace('"kty"', '"d":"secret","kty"')],
    ] as [string, (log: TestLog) => string][]
  ).map(([name, make]) =>
    caseOf(name, invalid('trust'), (scene) => ({ bundle: wholeBundle(scene), trust: make(scene.log) })),
  ),
];

function pinnedWindow(log: TestLog, window: { from: number; to?: number }): string {
  return log.trust((file) => ({
    ...file,
    logs: file.logs.map((pinned) => ({
      ...pinned,
      receipt_keys: [{ ...pinned.receipt_keys[0], ...window }],
    })),
  }));
}
