import { fromBase64, toBase64 } from '#lib/core';
import { INCLUSION_HASHES_MAX } from './constants.ts';
import { parseDecimal } from './decimal.ts';
import { formatHashLines, parseHashLines } from './hash-lines.ts';
import type { TlogProof } from './types.ts';

const FIRST_LINE = 'c2sp.org/tlog-proof@v1';

/** A C2SP tlog-proof file. */
export function formatTlogProof({ extra, index, hashes, checkpoint }: TlogProof): string {
  const extraLine = extra === undefined ? '' : `extra ${toBase64(extra)}\n`;
  return `${FIRST_LINE}\n${extraLine}index ${index}\n${formatHashLines(hashes)}\n${checkpoint}`;
}

/** Reads a tlog-proof file; undefined for every other spelling. The checkpoint is returned as it stands, unverified. */
export function parseTlogProof(text: string): TlogProof | undefined {
  const split = text.indexOf('\n\n');
  if (split < 0) return undefined;
  const [first, ...lines] = text.slice(0, split).split('\n');
  if (first !== FIRST_LINE) return undefined;
  const extra = lines[0]?.startsWith('extra ')
    ? fromBase64(lines.shift()?.slice('extra '.length) ?? '')
    : null;
  const indexLine = lines.shift() ?? '';
  const index = indexLine.startsWith('index ') ? parseDecimal(indexLine.slice('index '.length)) : undefined;
  const hashes = lines.length <= INCLUSION_HASHES_MAX ? parseHashLines(lines) : undefined;
  if (extra === undefined || index === undefined || hashes === undefined) return undefined;
  return { ...(extra === null ? {} : { extra }), index, hashes, checkpoint: text.slice(split + 2) };
}
