import { assert, type Json, type LogId, type TenantId } from '#lib/core';
import type { Bundle, BundleReceipt, ReceiptBody } from '#lib/evidence';
import {
  consistencyProof,
  consistencySpans,
  formatAddCheckpoint,
  formatTlogProof,
  inclusionProof,
  inclusionSpans,
} from '#lib/tlog';
import { BUNDLE_BODY_BYTES_MAX } from './constants.ts';
import { receiptsOf, type FoundReceipt } from './find-receipts.ts';
import { sha256 } from './hash.ts';
import type { KeyRing } from './key-ring.ts';
import { openFound, sdJwt, bodyTexts, type OpenedReceiptRow } from './read-receipt.ts';
import { pageBatches } from './store-read.ts';
import { loadHead, type HeadRow, type Run } from './store.ts';
import { valueTerm } from './terms.ts';
import { loadNodes } from './tree-reader.ts';
import type { BundleRequest } from './types.ts';

export interface BundleSource {
  readonly run: Run;
  readonly tenant: TenantId;
  readonly ring: KeyRing;
}

/** Receipts of one log with their proofs, all against one checkpoint, and the receipts of the keys that signed them. */
export async function makeBundle(
  source: BundleSource,
  found: readonly FoundReceipt[],
  request: Pick<BundleRequest, 'bodies' | 'consistentWith'>,
): Promise<Bundle> {
  const { run, tenant, ring } = source;
  const log = found[0]?.batch.log;
  assert(log !== undefined && found.every(({ batch }) => batch.log === log), 'a bundle is about one log');
  const head = await loadHead(run, tenant, log, false);
  assert(head, `log ${log} has a head`);
  const keys = (await listKeyReceipts(run, tenant, log)).filter(
    ({ summary }) => BigInt(summary.index) < head.size,
  );
  const rows = await openFound(run, tenant, ring, found, request.bodies ? BUNDLE_BODY_BYTES_MAX : 0);
  const prove = await loadProofs(source, log, head, [...found, ...keys]);
  const keyRows = await openFound(run, tenant, ring, keys, 0);
  const consistency = await proveConsistency(source, log, head, request.consistentWith);
  return {
    format: 'countersign-bundle/v1',
    receipts: rows.map((row) => bundleReceipt(row, prove(row.found), request.bodies)),
    keys: keyRows.map(({ found: key, opened }) => ({
      sd_jwt: sdJwt(key.text, opened.disclosures),
      proof: prove(key),
    })),
    ...(consistency !== undefined && { consistency: [consistency] }),
  };
}

function bundleReceipt({ found, opened }: OpenedReceiptRow, proof: string, bodies: boolean): BundleReceipt {
  const body = bodies ? receiptBody(opened) : undefined;
  const rest = { proof, ...(body && { body }) };
  return found.isJwt
    ? { sd_jwt: sdJwt(found.text, opened.disclosures), ...rest }
    : { leaf: found.text, disclosures: opened.disclosures, ...rest };
}

/** Arguments, context and values stand as JSON, the result as the text that was hashed. */
function receiptBody(opened: OpenedReceiptRow['opened']): ReceiptBody | undefined {
  const { result, arguments: given, context, values } = bodyTexts(opened);
  const json = (text: string) => JSON.parse(text) as Json;
  const body: ReceiptBody = {
    ...(given !== undefined && { arguments: json(given) }),
    ...(result !== undefined && { result }),
    ...(context !== undefined && { context: json(context) }),
    ...(values !== undefined && { values: json(values) }),
  };
  return Object.keys(body).length > 0 ? body : undefined;
}

/** Receipts of the keys that sign this log. Those of token keys say nothing about it. */
export async function listKeyReceipts(run: Run, tenant: TenantId, log: LogId): Promise<FoundReceipt[]> {
  return (await listAnnouncements(run, tenant, log)).filter(({ payload }) => isLogKey(payload));
}

/** Every receipt of this log that names a key, oldest first. */
export async function listAnnouncements(run: Run, tenant: TenantId, log: LogId): Promise<FoundReceipt[]> {
  const found: FoundReceipt[] = [];
  let before = 2n ** 62n;
  for (;;) {
    const page = { tenant, log, before, limit: 50, term: valueTerm('kind', 'key') };
    const batches = await pageBatches(run, page);
    for (const batch of batches) found.push(...receiptsOf(batch).filter(({ payload }) => payload.key));
    const last = batches.at(-1);
    if (!last || batches.length < page.limit) break;
    before = last.firstIndex;
  }
  return found.toSorted((left, right) => left.summary.index - right.summary.index);
}

function isLogKey({ key }: FoundReceipt['payload']): boolean {
  return key?.purpose === 'receipt' || key?.purpose === 'log';
}

/** Loads all tiles that the proofs need once, then writes each. */
export async function loadProofs(
  { run, tenant }: BundleSource,
  log: LogId,
  head: HeadRow,
  receipts: readonly FoundReceipt[],
): Promise<(receipt: FoundReceipt) => string> {
  const { size, checkpoint } = head;
  const indexOf = ({ summary }: FoundReceipt) => BigInt(summary.index);
  const nodes = receipts.flatMap((receipt) => inclusionSpans(indexOf(receipt), size).flat());
  const read = await loadNodes(run, { tenant, log, size }, nodes);
  return (receipt) => {
    const index = indexOf(receipt);
    return formatTlogProof({ index, hashes: inclusionProof(sha256, index, size, read), checkpoint });
  };
}

async function proveConsistency(
  { run, tenant }: BundleSource,
  log: LogId,
  { size, checkpoint }: HeadRow,
  consistentWith: number | undefined,
): Promise<string | undefined> {
  const oldSize = BigInt(consistentWith ?? 0);
  if (oldSize <= 0n || oldSize > size) return undefined;
  const nodes = consistencySpans(oldSize, size).flat();
  const read = await loadNodes(run, { tenant, log, size }, nodes);
  return formatAddCheckpoint({ oldSize, proof: consistencyProof(sha256, oldSize, size, read), checkpoint });
}
