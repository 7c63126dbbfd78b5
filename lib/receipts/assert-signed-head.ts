import { createPublicKey, verify } from 'node:crypto';
import { equalBytes, toBase64Url } from '#lib/core';
import { openNote, parseCheckpoint, type VerifyEd25519 } from '#lib/tlog';
import { UnsignedHead } from './errors.ts';
import type { Signing } from './key-ring.ts';
import type { HeadRow, LogRow } from './store.ts';

/**
 * A head is believed because one of the log's own keys signed it, not because it stands in the database: whoever can
 * write there could otherwise put an entry behind the last one, and the next checkpoint, which alone signs attempts,
 * would vouch for it.
 * @throws {UnsignedHead}
 */
export function assertSignedHead(
  { id, origin }: Pick<LogRow, 'id' | 'origin'>,
  { size, root, checkpoint }: Pick<HeadRow, 'size' | 'root' | 'checkpoint'>,
  { logKeys }: Signing,
): void {
  const note = openNote(checkpoint, logKeys, verifyEd25519);
  const signed = note.ok ? parseCheckpoint(note.value.text) : undefined;
  const isThis = signed?.origin === origin && signed.size === size && equalBytes(signed.root, root);
  if (!isThis) throw new UnsignedHead(id, Number(size));
}

const verifyEd25519: VerifyEd25519 = (publicKey, message, signature) => {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: toBase64Url(publicKey) };
  return verify(null, message, createPublicKey({ key: jwk, format: 'jwk' }), signature);
};
