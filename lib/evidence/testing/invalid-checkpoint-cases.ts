import { addLogKey } from './make-log.ts';
import { keyFrom } from './node-crypto.ts';
import { sample } from './samples.ts';
import { caseOf, changed, invalid, replaceIn, type Case, proofChanged } from './scene.ts';

const next = keyFrom('receipt 2');

const stranger = keyFrom('stranger');

export const INVALID_CHECKPOINT_CASES: readonly Case[] = [
  proofChanged('a checkpoint without signature', /\n\n—[^]*$/, '\n\n', 'checkpoint'),
  proofChanged('a checkpoint with a changed signature', /(— \S+ .{60})./, '$1_', 'checkpoint'),
  proofChanged(
    'a signature by the known key that does not verify',
    /(— \S+ .{40})(.)/,
    '$1+$2'.slice(0, 3),
    'checkpoint',
  ),
  changed('a size that was not signed', invalid('checkpoint'), (bundle) => {
    // Four leaves instead of three: the paths still lead to the root, for the tree has the same shape on this side.
    for (const receipt of bundle.receipts) replaceIn(receipt, 'proof', /\n3\n/, '\n4\n');
    for (const receipt of bundle.keys!) replaceIn(receipt, 'proof', /\n3\n/, '\n4\n');
  }),
  proofChanged('a size with a leading zero', /\n3\n/, '\n03\n', 'checkpoint'),
  proofChanged('an extension line', /(\n3\n[^\n]+\n)\n/, '$1extension\n\n', 'checkpoint'),
  changed('two checkpoints in one bundle', invalid('checkpoint'), (bundle, { log, outcome }) => {
    log.add(sample('sign_in'));
    bundle.receipts[1]!['proof'] = log.proof(outcome.index);
  }),
  caseOf(
    'the keys under another checkpoint than the receipts',
    invalid('checkpoint'),
    ({ log, opening, outcome }) => {
      const bundle = log.bundle([outcome]);
      log.add(sample('sign_in'));
      return { bundle: { ...bundle, keys: log.bundle([], { keys: [opening] }).keys ?? [] } };
    },
  ),
  caseOf(
    'signed by a key of the same name and id that is another',
    invalid('checkpoint'),
    ({ log, outcome }) => {
      const lines = log.checkpoint({ signers: [stranger] }).split(' ');
      const good = log.checkpoint().split(' ');
      const mixed = Buffer.concat([
        Buffer.from(good.at(-1)!, 'base64').subarray(0, 4),
        Buffer.from(lines.at(-1)!, 'base64').subarray(4),
      ]);
      return {
        bundle: log.bundle([outcome], {
          checkpoint: [...good.slice(0, -1), `${mixed.toString('base64')}\n`].join(' '),
        }),
      };
    },
  ),
];

export const BEATEN_CASES: readonly Case[] = [
  (() => {
    const { trust: _, ...rest } = changed(
      'INVALID beats UNVERIFIABLE: no trust and a broken body',
      invalid('bodies'),
      (bundle) => Object.assign(bundle.receipts[0]!['body'] as object, { arguments: {} }),
    );
    return rest;
  })(),
  (() => {
    const { trust: _, ...rest } = proofChanged(
      'without trust, the log key named inside still convicts',
      /(— \S+ .{60})./,
      '$1_',
      'checkpoint',
    );
    return rest;
  })(),
  caseOf(
    'a new log key that signed beside an old one that did not',
    invalid('checkpoint'),
    ({ log, outcome }) => {
      const link = addLogKey(log, next);
      const both = log.checkpoint({ signers: [log.logKey, next] });
      const broken = both.replace(/(— \S+ .{40})./, '$1_').replace('_', 'A');
      return {
        bundle: log.bundle([outcome], {
          keys: [link],
          checkpoint: broken === both ? both.replace(/(— \S+ .{40})./, '$1B') : broken,
        }),
      };
    },
  ),
];
