import type { JsonObject, ReceiptId, TenantId } from '#lib/core';
import { findPair, findReceipts, type FoundReceipt } from './find-receipts.ts';
import type { KeyRing } from './key-ring.ts';
import { openArchive, type OpenedLeaf } from './open-archive.ts';
import type { Run } from './store.ts';
import type { BodyName, ReceiptBodies, StoredReceipt, Viewer } from './types.ts';

/** A receipt with what could be opened of it. */
export interface OpenedReceiptRow {
  readonly found: FoundReceipt;
  readonly opened: OpenedLeaf;
}

/** Opens the archive of receipts that were found; each batch once. */
export async function openFound(
  run: Run,
  tenant: TenantId,
  ring: KeyRing,
  found: readonly FoundReceipt[],
): Promise<OpenedReceiptRow[]> {
  const archives = new Map<string, (leaf: number) => OpenedLeaf>();
  const rows: OpenedReceiptRow[] = [];
  for (const receipt of found) {
    const { batch } = receipt;
    const opened = archives.get(batch.batchId) ?? (await openArchive(run, tenant, ring, batch));
    archives.set(batch.batchId, opened);
    rows.push({ found: receipt, opened: opened(receipt.at) });
  }
  return rows;
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
