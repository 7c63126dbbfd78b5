import { assert, fromBase64, toBase64 } from '#lib/core';
import { HASH_BYTES } from './constants.ts';
import { parseDecimal } from './decimal.ts';
import type { Checkpoint } from './types.ts';

/** A checkpoint's text: origin, size and root, one a line. No extension lines, for nobody audits them. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  assert(
    origin !== '' && !origin.includes('\n') && root.length === HASH_BYTES,
    'a checkpoint has an origin and a root',
  );
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/** Reads a checkpoint's text; undefined for anything malformed and for extension lines. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  const lines = text.split('\n');
  const [origin, sizeText, rootText, rest] = lines;
  if (lines.length !== 4 || origin === undefined || origin === '' || rest !== '') return undefined;
  const size = parseDecimal(sizeText ?? '');
  const root = fromBase64(rootText ?? '');
  if (size === undefined || root?.length !== HASH_BYTES) return undefined;
  return { origin, size, root };
}
