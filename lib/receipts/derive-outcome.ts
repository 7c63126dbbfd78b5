import type { ReceiptId } from '#lib/core';
import { LAYOUT, type OutcomeStatus } from '#lib/evidence';
import { outcomeKindOf } from './summary.ts';
import type { ReceiptDraft } from './types.ts';

/**
 * The outcome of an attempt that nobody else will report: given up before anything was sent (`failed`), or left by a
 * replica that died (`unknown`). It says again what the attempt said.
 */
export function deriveOutcome(
  attempt: ReceiptDraft,
  own: { readonly id: ReceiptId; readonly at: number; readonly status: OutcomeStatus },
): ReceiptDraft {
  const kind = outcomeKindOf(attempt);
  const { actor, server, tool, decision, credential, uri, prompt, arguments: given } = attempt;
  const { clear, top } = LAYOUT[kind];
  return {
    ...own,
    kind,
    attempt: attempt.id,
    actor,
    ...(server && { server }),
    ...(decision && { decision }),
    ...(credential && { credential }),
    ...(tool && clear.tool && { tool }),
    ...(uri !== undefined && top.includes('uri') && { uri }),
    ...(prompt !== undefined && top.includes('prompt') && { prompt }),
    ...(given && { arguments: { sha256: given.sha256, bytes: given.bytes } }),
  };
}
