import type { ReceiptId, SubjectReference, TenantId } from '#lib/core';
import { OUTCOME_KINDS, type SignedPayload } from '#lib/evidence';
import { parseLeaf } from './parse-leaf.ts';
import { listBatchesOf, type BatchRow } from './store-read.ts';
import type { Run } from './store.ts';
import { parseSummaries } from './summary.ts';
import { idTerms } from './terms.ts';
import type { ReceiptSummary, Viewer } from './types.ts';

/** One leaf where it stands. */
export interface FoundReceipt {
  readonly batch: BatchRow;
  /** Position in its batch. */
  readonly at: number;
  readonly leaf: Uint8Array;
  readonly text: string;
  readonly isJwt: boolean;
  readonly payload: SignedPayload;
  readonly summary: ReceiptSummary;
}

/** The receipts with these ids that the viewer may see. What others may see looks as if it did not exist. */
export async function findReceipts(
  run: Run,
  tenant: TenantId,
  ids: readonly ReceiptId[],
  viewer: Viewer,
): Promise<Map<ReceiptId, FoundReceipt>> {
  const wanted = new Set<string>(ids);
  const found = new Map<ReceiptId, FoundReceipt>();
  for (const batch of await listBatchesOf(run, tenant, idTerms('receipt', wanted))) {
    for (const receipt of receiptsOf(batch)) {
      if (wanted.has(receipt.payload.jti) && maySee(viewer, receipt.summary.subject))
        found.set(receipt.payload.jti as ReceiptId, receipt);
    }
  }
  return found;
}

/** The other half of a call: of an outcome its attempt, of an attempt its outcome. Undefined while there is none. */
export async function findPair(
  run: Run,
  tenant: TenantId,
  { id, kind, attempt }: ReceiptSummary,
  viewer: Viewer,
): Promise<FoundReceipt | undefined> {
  if (attempt !== undefined && OUTCOME_KINDS.includes(kind))
    return (await findReceipts(run, tenant, [attempt], viewer)).get(attempt);
  if (kind !== 'attempt') return undefined;
  const batches = await listBatchesOf(run, tenant, idTerms('closes', [id]));
  return batches
    .flatMap(receiptsOf)
    .find(
      ({ summary }) =>
        summary.attempt === id && OUTCOME_KINDS.includes(summary.kind) && maySee(viewer, summary.subject),
    );
}

/** Every leaf of a batch. */
export function receiptsOf(batch: BatchRow): FoundReceipt[] {
  const summaries = parseSummaries(batch.summary);
  return batch.leaves.map((leaf, at) => {
    const parsed = parseLeaf(leaf);
    return { batch, at, leaf, ...parsed, summary: summarize(batch, at, parsed.payload, summaries[at]) };
  });
}

/** Auditors and admins see all receipts, everybody else their own. */
export function maySee(viewer: Viewer, subject: SubjectReference | undefined): boolean {
  return viewer.all || (viewer.reference !== undefined && viewer.reference === subject);
}

function summarize(
  batch: BatchRow,
  at: number,
  payload: SignedPayload,
  known: ReturnType<typeof parseSummaries>[number] | undefined,
): ReceiptSummary {
  const { attempt, server, tool, decision, outcome } = payload;
  return {
    id: payload.jti as ReceiptId,
    log: batch.log,
    index: Number(batch.firstIndex) + at,
    kind: payload.kind,
    at: payload.iat,
    mode: payload.actor.mode,
    ...(known?.subject && { subject: known.subject }),
    ...(known?.client !== undefined && { client: known.client }),
    ...(server && { server: server.id }),
    ...(tool && { tool: tool.name }),
    ...(decision && { effect: decision.effect }),
    ...(outcome && { status: outcome.status }),
    ...(attempt !== undefined && { attempt: attempt as ReceiptId }),
  };
}
