import { isJsonObject, type JsonObject, type ReceiptId, type TenantId } from '#lib/core';
import { BundleTooLarge } from './errors.ts';
import { findPair, findReceipts, type FoundReceipt } from './find-receipts.ts';
import type { KeyRing } from './key-ring.ts';
import { openArchive, readClaims, type OpenedLeaf } from './open-archive.ts';
import type { BatchRow } from './store-read.ts';
import type { Run } from './store.ts';
import type { BodyName, ReceiptBodies, StoredReceipt, Viewer } from './types.ts';

/** A receipt with what could be opened of it. */
export interface OpenedReceiptRow {
  readonly found: FoundReceipt;
  readonly opened: OpenedLeaf;
}

/**
 * Opens the archive of receipts that were found; each batch once, and of it only theirs is kept: batches hold what others
 * sent, too. @throws {BundleTooLarge} for bodies beyond `bodyBytesMax`; with 0 they are left out.
 */
export async function openFound(
  run: Run,
  tenant: TenantId,
  ring: KeyRing,
  found: readonly FoundReceipt[],
  bodyBytesMax = Number.POSITIVE_INFINITY,
): Promise<OpenedReceiptRow[]> {
  const kept = new Map<FoundReceipt, OpenedLeaf>();
  let left = bodyBytesMax;
  for (const [batch, ofBatch] of byBatch(found)) {
    const open = await openArchive(run, tenant, ring, batch);
    for (const receipt of ofBatch) {
      const { bodies, ...rest } = open(receipt.at);
      const own: OpenedLeaf = { ...rest, bodies: new Map() };
      for (const [name, bytes] of bodyBytesMax === 0 ? [] : bodies) {
        left -= bytes.length;
        if (left < 0) throw new BundleTooLarge(bodyBytesMax);
        // A copy: the whole batch hangs on the original.
        own.bodies.set(name, Buffer.from(bytes));
      }
      kept.set(receipt, own);
    }
  }
  return found.flatMap((receipt) => {
    const opened = kept.get(receipt);
    return opened === undefined ? [] : [{ found: receipt, opened }];
  });
}

function byBatch(found: readonly FoundReceipt[]): Map<BatchRow, FoundReceipt[]> {
  const groups = Map.groupBy(found, ({ batch }) => batch.batchId);
  return new Map(
    [...groups.values()].flatMap((group) => (group[0] ? [[group[0].batch, group] as const] : [])),
  );
}

/** One receipt as its viewer may see it. */
export async function loadReceipt(
  run: Run,
  tenant: TenantId,
  ring: KeyRing,
  id: ReceiptId,
  viewer: Viewer,
): Promise<StoredReceipt | undefined> {
  const found = (await findReceipts(run, tenant, [id], viewer)).get(id);
  if (!found) return undefined;
  const other = await findPair(run, tenant, found.summary, viewer);
  const [row, pair] = await openFound(run, tenant, ring, other ? [found, other] : [found]);
  const disclosures = row?.opened.disclosures ?? [];
  return {
    summary: found.summary,
    leaf: found.text,
    payload: found.payload as unknown as JsonObject,
    ...(found.isJwt && { sdJwt: sdJwt(found.text, disclosures) }),
    disclosures,
    // What names nobody has nothing that an erasure could have taken.
    opened: disclosures.length > 0 || found.summary.subject === undefined,
    bodies: [...(row?.opened.bodies.keys() ?? [])],
    ...(pair && { pair: { summary: pair.found.summary, bodies: [...pair.opened.bodies.keys()] } }),
  };
}

/** The claim `details` of receipts that have one, as far as the viewer may see them and somebody's key still opens it. */
export async function loadDetails(
  run: Run,
  tenant: TenantId,
  ring: KeyRing,
  ids: readonly ReceiptId[],
  viewer: Viewer,
): Promise<ReadonlyMap<ReceiptId, JsonObject>> {
  if (ids.length === 0) return new Map();
  const found = await findReceipts(run, tenant, ids, viewer);
  const rows = await openFound(run, tenant, ring, [...found.values()], 0);
  return new Map(
    rows.flatMap(({ found: { summary }, opened }) => {
      // It travels as a string that holds JSON, so that nothing in it can pose as a claim.
      const text = readClaims(opened.disclosures).get('details');
      const details: unknown = typeof text === 'string' ? JSON.parse(text) : undefined;
      return isJsonObject(details) ? [[summary.id, details] as const] : [];
    }),
  );
}

/** A receipt with its disclosures, as RFC 9901 writes it. */
export function sdJwt(jwt: string, disclosures: readonly string[]): string {
  return `${[jwt, ...disclosures].join('~')}~`;
}

/** Bodies as text. */
export function bodyTexts({ bodies }: OpenedLeaf): ReceiptBodies {
  const texts: { [name in BodyName]?: string } = {};
  for (const [name, bytes] of bodies) texts[name] = Buffer.from(bytes).toString('utf8');
  return texts;
}
