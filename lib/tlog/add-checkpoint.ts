import { CONSISTENCY_HASHES_MAX } from './constants.ts';
import { parseDecimal } from './decimal.ts';
import { formatHashLines, parseHashLines } from './hash-lines.ts';
import type { AddCheckpoint } from './types.ts';

/** The body of tlog-witness's add-checkpoint. */
export function formatAddCheckpoint({ oldSize, proof, checkpoint }: AddCheckpoint): string {
  return `old ${oldSize}\n${formatHashLines(proof)}\n${checkpoint}`;
}

/** Reads such a body; undefined for every other spelling. The checkpoint is returned as it stands, unverified. */
export function parseAddCheckpoint(text: string): AddCheckpoint | undefined {
  const split = text.indexOf('\n\n');
  if (split < 0) return undefined;
  const [first, ...lines] = text.slice(0, split).split('\n');
  const oldSize = first?.startsWith('old ') ? parseDecimal(first.slice('old '.length)) : undefined;
  const proof = lines.length <= CONSISTENCY_HASHES_MAX ? parseHashLines(lines) : undefined;
  if (oldSize === undefined || proof === undefined) return undefined;
  return { oldSize, proof, checkpoint: text.slice(split + 2) };
}
