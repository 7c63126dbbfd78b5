import type { ReceiptId } from '#lib/core';
import { BundleTooLarge, type Bundle, type ReceiptFilters, type ReceiptSummary } from '#lib/receipts';
import { LIST_BUNDLE_RECEIPTS_MAX, RECEIPTS_PER_PAGE_MAX } from './constants.ts';
import { readerOf } from './reader.ts';
import type { ConsoleDeps, ListBundle, Visitor } from './types.ts';

/** A receipt and the other half of its call, without bodies: what a reader verifies. */
export async function bundleCall(
  { receipts }: ConsoleDeps,
  visitor: Visitor,
  id: ReceiptId,
): Promise<Bundle | undefined> {
  const reader = readerOf(visitor);
  const stored = await receipts.load(visitor.tenant.id, id, reader);
  if (stored === undefined) return undefined;
  const own = [id, ...(stored.pair ? [stored.pair.summary.id] : [])];
  return await receipts.bundle(visitor.tenant.id, { reader, receipts: own, bodies: false });
}

/** These receipts; none when one of them is not the visitor's to see. */
export async function bundleReceipts(
  { receipts }: ConsoleDeps,
  visitor: Visitor,
  ids: readonly ReceiptId[],
  bodies: boolean,
): Promise<Bundle | 'too-large' | undefined> {
  const request = { reader: readerOf(visitor), receipts: ids, bodies };
  return await receipts.bundle(visitor.tenant.id, request).catch((error: unknown) => {
    if (error instanceof BundleTooLarge) return 'too-large' as const;
    throw error;
  });
}

/** The newest receipts that fit, attempts among them: evidence is not folded. One log, for a bundle has one checkpoint. */
export async function bundleList(
  deps: ConsoleDeps,
  visitor: Visitor,
  filters: ReceiptFilters,
  bodies: boolean,
): Promise<ListBundle | 'too-large' | undefined> {
  const reader = readerOf(visitor);
  const found: ReceiptSummary[] = [];
  let after: string | undefined;
  do {
    const limit = Math.min(RECEIPTS_PER_PAGE_MAX, LIST_BUNDLE_RECEIPTS_MAX - found.length);
    const place = after === undefined ? {} : { after };
    const page = await deps.receipts.search(visitor.tenant.id, { viewer: reader, filters, limit, ...place });
    found.push(...page.entries);
    after = page.next;
  } while (after !== undefined && found.length < LIST_BUNDLE_RECEIPTS_MAX);
  const own = found.filter(({ log }) => log === found[0]?.log).map(({ id }) => id);
  if (own.length === 0) return undefined;
  const bundle = await bundleReceipts(deps, visitor, own, bodies);
  const complete = after === undefined && own.length === found.length;
  return typeof bundle === 'object' ? { bundle, receipts: own.length, complete } : bundle;
}
