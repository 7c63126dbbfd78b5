import { toBase64, utf8 } from '#lib/core';
import { createNoteSigner } from '#lib/tlog';
import { ed25519JwkOf, RECEIPT_KINDS } from '../index.ts';
import { addLogKey, rotateReceiptKey, vkeyOf } from './make-log.ts';
import { keyFrom, nodeCrypto } from './node-crypto.ts';
import { ARGUMENTS, BODY, sample } from './samples.ts';
import { caseOf, changed, VALID, wholeBundle, type Case } from './scene.ts';

const next = keyFrom('receipt 2');
const third = keyFrom('receipt 3');
const newLogKey = keyFrom('log 2');

const forms: readonly Case[] = [
  changed('attempt, outcome, bodies and the opening entry', VALID, () => {}),
  ...RECEIPT_KINDS.filter((kind) => kind !== 'key').map((kind) =>
    caseOf(`a receipt of kind ${kind}, everything disclosed`, VALID, ({ log, attempt }) => {
      const receipt = log.add(sample(kind, attempt.jti));
      return { bundle: log.bundle([receipt]) };
    }),
  ),
  caseOf('a receipt of kind key: the opening entry', VALID, ({ log, opening }) => ({
    bundle: log.bundle([opening]),
  })),
  caseOf('the same key receipt among receipts and keys', VALID, ({ log, opening }) => ({
    bundle: log.bundle([opening], { keys: [opening] }),
  })),
  caseOf('a key receipt for each purpose, and the last one of a closed log', VALID, ({ log, opening }) => {
    const jwk = { ...ed25519JwkOf(next.publicKey) };
    const kid = String((opening.payload['key'] as { kid: string }).kid);
    const claim = { kid: thumbprintOf(jwk), jwk };
    const receipts = [
      log.addKey({ ...claim, purpose: 'access-token' }),
      log.addKey({ ...claim, purpose: 'mint', retires: kid }),
      log.addKey({ ...claim, purpose: 'log', vkey: vkeyOf(log, next), closed: true }),
    ];
    return { bundle: log.bundle(receipts) };
  }),
  caseOf(
    'an erased person: nothing is disclosed, everything verifies',
    VALID,
    ({ log, attempt, outcome }) => ({
      bundle: log.bundle([attempt, outcome], { reveal: [] }),
    }),
  ),
  caseOf('a part of the claims is disclosed', VALID, ({ log, outcome }) => ({
    bundle: log.bundle([outcome], {
      reveal: ['actor.email', 'top.result'],
      bodies: { 2: { result: BODY.result ?? '' } },
    }),
  })),
  changed('disclosures in another order', VALID, (bundle) => {
    const parts = String(bundle.receipts[1]?.['sd_jwt']).split('~');
    bundle.receipts[1]!['sd_jwt'] = [parts[0], ...parts.slice(1, -1).toReversed(), ''].join('~');
  }),
  caseOf('a waived call: an outcome without an attempt', VALID, ({ log }) => {
    const outcome = log.add(sample('tool_call'));
    return { bundle: log.bundle([outcome], { bodies: { [outcome.index]: { arguments: ARGUMENTS } } }) };
  }),
  caseOf('an outcome without its attempt, an attempt without its outcome', VALID, ({ log, outcome }) => {
    const lonely = log.add(sample('attempt'));
    return { bundle: log.bundle([outcome, lonely]) };
  }),
  caseOf(
    'an interim answer and a late outcome beside the one outcome',
    VALID,
    ({ log, attempt, outcome }) => {
      const interim = log.add(sample('interim', attempt.jti));
      const late = log.add(sample('late_outcome', attempt.jti));
      return { bundle: log.bundle([attempt, outcome, interim, late]) };
    },
  ),
  caseOf('a second send names the first attempt', VALID, ({ log, attempt }) => {
    const again = log.add(sample('attempt', undefined, attempt.jti));
    return { bundle: log.bundle([attempt, again]) };
  }),
  caseOf('context and values within the disclosure', VALID, ({ log }) => {
    const { clear, disclose } = sample('tool_call');
    const top = { ...disclose?.top, context: '{"b":1}', values: '[1,"ü"]' };
    return {
      bundle: log.bundle([
        log.add({ kind: 'tool_call', clear: clear ?? {}, disclose: { ...disclose, top } }),
      ]),
    };
  }),
];

const keys: readonly Case[] = [
  caseOf(
    'a later receipt key, named by its predecessor, among the keys',
    VALID,
    ({ log, opening, outcome }) => {
      const rotation = rotateReceiptKey(log, next);
      const later = log.add(sample('tool_call'));
      return { bundle: log.bundle([outcome, later], { keys: [rotation, opening] }) };
    },
  ),
  caseOf('the key receipt that ends its signer is still signed by it', VALID, ({ log }) => {
    const rotation = rotateReceiptKey(log, next);
    return { bundle: log.bundle([rotation, log.add(sample('tool_call'))]) };
  }),
  caseOf('a chain of three receipt keys', VALID, ({ log }) => {
    const links = [rotateReceiptKey(log, next), rotateReceiptKey(log, third)];
    return { bundle: log.bundle([log.add(sample('sign_in'))], { keys: links.toReversed() }) };
  }),
  caseOf('all pinned, no key receipt needed', VALID, ({ log, outcome }) => {
    const rotation = rotateReceiptKey(log, next);
    const later = log.add(sample('tool_call'));
    const trust = log.trust((file) => ({
      ...file,
      logs: file.logs.map((pinned) => ({
        ...pinned,
        receipt_keys: [
          { ...pinned.receipt_keys[0], to: rotation.index },
          { jwk: ed25519JwkOf(next.publicKey), from: rotation.index + 1 },
        ],
      })),
    }));
    return { bundle: log.bundle([outcome, later]), trust };
  }),
  caseOf('pinned anew: the old keys are unknown, and their receipts no matter', VALID, ({ log, opening }) => {
    const rotation = rotateReceiptKey(log, next);
    const later = log.add(sample('tool_call'));
    const trust = log.trust((file) => ({
      ...file,
      logs: file.logs.map((pinned) => ({
        ...pinned,
        receipt_keys: [{ jwk: ed25519JwkOf(next.publicKey), from: later.index }],
      })),
    }));
    return { bundle: log.bundle([later], { keys: [opening, rotation] }), trust };
  }),
  caseOf(
    'pinned anew: the last entry of a key that ended early is no matter among the keys',
    VALID,
    ({ log, opening }) => {
      const rotation = rotateReceiptKey(log, next);
      const later = log.add(sample('tool_call'));
      const trust = log.trust((file) => ({
        ...file,
        logs: file.logs.map((pinned) => ({
          ...pinned,
          receipt_keys: [
            { ...pinned.receipt_keys[0], to: rotation.index - 1 },
            { jwk: ed25519JwkOf(next.publicKey), from: later.index },
          ],
        })),
      }));
      return { bundle: log.bundle([later], { keys: [opening, rotation] }), trust };
    },
  ),
  caseOf('a log key rotation: both keys sign', VALID, ({ log }) => {
    addLogKey(log, newLogKey);
    const receipt = log.add(sample('read'));
    return {
      bundle: log.bundle([receipt], { checkpoint: log.checkpoint({ signers: [newLogKey, log.logKey] }) }),
    };
  }),
  caseOf(
    'a log key rotation: the new key alone signs, and its key receipt is there',
    VALID,
    ({ log, outcome }) => {
      const rotation = addLogKey(log, newLogKey);
      log.logKey = newLogKey;
      return { bundle: log.bundle([outcome], { keys: [rotation] }) };
    },
  ),
];

const texts: readonly Case[] = [
  caseOf('a witness signed too', VALID, ({ log, outcome }) => {
    const witness = createNoteSigner(nodeCrypto.sha256, 'witness.example', next.publicKey, next.sign);
    const line = `— ${witness.name} ${toBase64(Uint8Array.of(1, 2, 3, 4, ...witness.sign(utf8('cosignature'))))}\n`;
    return { bundle: log.bundle([outcome], { checkpoint: log.checkpoint() + line }) };
  }),
  changed('a proof with an extra line', VALID, (bundle) => {
    bundle.receipts[0]!['proof'] = String(bundle.receipts[0]!['proof']).replace(
      '\nindex',
      '\nextra bW9yZQ==\nindex',
    );
  }),
  caseOf('a consistency proof from a head that a receipt names', VALID, (scene) => {
    const bundle = wholeBundle(scene);
    return { bundle: { ...bundle, consistency: [scene.log.consistency(scene.outcome.index)] } };
  }),
  caseOf('a consistency proof to a later checkpoint', VALID, (scene) => {
    const bundle = wholeBundle(scene);
    scene.log.add(sample('sign_in'));
    return { bundle: { ...bundle, consistency: [scene.log.consistency(3)] } };
  }),
  caseOf('a consistency proof from a head that nothing here names is left open', VALID, (scene) => {
    const { log, attempt } = scene;
    log.add(sample('sign_in'));
    return { bundle: { ...log.bundle([attempt]), consistency: [log.consistency(3)] } };
  }),
];

export const VALID_CASES: readonly Case[] = [...forms, ...keys, ...texts];

function thumbprintOf(jwk: { crv: 'Ed25519'; kty: 'OKP'; x: string }): string {
  return Buffer.from(nodeCrypto.sha256(utf8(`{"crv":"Ed25519","kty":"OKP","x":"${jwk.x}"}`))).toString(
    'base64url',
  );
}
