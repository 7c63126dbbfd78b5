import { toBase64Url, utf8 } from '#lib/core';
import { headerFor, kidOf, signJwt } from './make-receipt.ts';
import { keyFrom } from './node-crypto.ts';
import { sample } from './samples.ts';
import { caseOf, changed, editSdJwt, invalid, replaceIn, type Case } from './scene.ts';

export const INVALID_SIGNATURE_CASES: readonly Case[] = [
  caseOf('signed by another key than it names', invalid('signature'), ({ log }) => {
    const header = () => headerFor(kidOf(log.receiptKey));
    return { bundle: log.bundle([log.add({ ...sample('sign_in'), signer: keyFrom('stranger'), header })]) };
  }),
  changed('another signature', invalid('signature'), (bundle, { log }) => {
    editSdJwt(bundle, 1, (parts) => {
      const other = signJwt('{}', log.receiptKey).split('.')[2] ?? '';
      return parts.with(0, parts[0]!.replace(/[^.]+$/, other));
    });
  }),
  changed('another payload under the same signature', invalid('signature'), (bundle) =>
    editSdJwt(bundle, 1, (parts) => {
      const [header, payload = '', rest] = parts[0]!.split('.');
      const altered = Buffer.from(payload, 'base64url').toString().replace('"allow"', '"deny"');
      return parts.with(0, `${header}.${toBase64Url(utf8(altered))}.${rest}`);
    }),
  ),
  changed('an attempt with another tool', invalid('inclusion'), (bundle) =>
    replaceIn(bundle.receipts[0], 'leaf', 'create_issue', 'delete_issue'),
  ),
];
