import type { Pinned } from './check-trust.ts';
import type { KeyChain } from './key-chain.ts';
import type { KeyHints } from './key-hints.ts';
import type { ReceiptFinding } from './verdict-types.ts';

interface Known {
  readonly findings: readonly ReceiptFinding[];
  readonly consistency: readonly string[];
  readonly chain: KeyChain;
  readonly hints: KeyHints;
  readonly pinned: Pinned;
}

/** What no verdict covers, said every time: what is left out, and what a bundle can't show. */
export function listLimits({ findings, consistency, chain, hints, pinned }: Known): string[] {
  const notes: string[] = [];
  for (const { at, undisclosed, absentBodies } of findings) {
    if (undisclosed > 0)
      notes.push(`${at}: ${undisclosed} digests are not disclosed (withheld claims and decoys look alike)`);
    if (absentBodies.length > 0)
      notes.push(`${at}: the bodies of ${absentBodies.join(', ')} are not in the bundle`);
  }
  if (!pinned.ok) {
    for (const kid of hints.receiptKeys.keys()) notes.push(`the bundle names the receipt key ${kid}`);
    for (const { name, id } of hints.logKeys) notes.push(`the bundle names the log key ${name}+${id}`);
  } else {
    const known = new Set(chain.windows.map((window) => window.kid));
    for (const kid of hints.receiptKeys.keys()) {
      if (!known.has(kid))
        notes.push(`the bundle names the receipt key ${kid}, which no pinned key vouches for`);
    }
  }
  if (consistency.length === 0)
    notes.push('consistency: the bundle has no proof that later heads continue earlier ones');
  notes.push('witnesses: none was asked; that the log shows everyone the same is not checked');
  notes.push('completeness: a bundle shows what it holds, not that nothing was left out');
  return notes;
}
