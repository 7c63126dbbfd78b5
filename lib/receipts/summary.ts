import type { SubjectReference } from '#lib/core';
import { OUTCOME_KINDS, type ReceiptKind } from '#lib/evidence';
import type { ReceiptDraft } from './types.ts';

/** What lists and recovery need about a leaf and the leaf does not say. */
export interface LeafSummary {
  readonly subject: SubjectReference | undefined;
  /** HMAC of the client's id. */
  readonly client: string | undefined;
  /** Of an attempt: the kind that its outcome will have. */
  readonly outcomeKind: ReceiptKind | undefined;
}

/** As the batch's row keeps it: `["<reference>","<client>","<kind>"]`, each possibly empty. */
export function leafSummary(draft: ReceiptDraft, client: string): string {
  const { person } = draft.actor;
  const kind = draft.kind === 'attempt' ? outcomeKindOf(draft) : '';
  return `["${person?.reference ?? ''}","${client}","${kind}"]`;
}

export function parseSummaries(text: string): LeafSummary[] {
  const rows = JSON.parse(text) as [string, string, string][];
  return rows.map(([subject, client, kind]) => ({
    subject: subject === '' ? undefined : (subject as SubjectReference),
    client: client === '' ? undefined : client,
    outcomeKind: OUTCOME_KINDS.includes(kind as ReceiptKind) ? (kind as ReceiptKind) : undefined,
  }));
}

/** The kind of the receipt that will close this attempt. */
export function outcomeKindOf(draft: ReceiptDraft): ReceiptKind {
  if (draft.outcomeKind !== undefined) return draft.outcomeKind;
  if (draft.tool !== undefined) return 'tool_call';
  if (draft.uri !== undefined) return 'resource_read';
  return draft.prompt === undefined ? 'completion' : 'prompt_get';
}
