import type { JsonObject } from '#lib/core';
import type { TenantRecord } from '#lib/identity';
import type { ReceiptKind, Receipts, StoredReceipt } from '#lib/receipts';

const AUDITOR = { all: true } as const;

/** All receipts of a kind, as an auditor finds them. */
export async function readReceipts(
  receipts: Receipts,
  tenant: TenantRecord,
  kind: ReceiptKind,
): Promise<readonly StoredReceipt[]> {
  await receipts.flush(tenant.id);
  const found: StoredReceipt[] = [];
  let after: string | undefined;
  do {
    const page = await receipts.search(tenant.id, {
      viewer: AUDITOR,
      limit: 100,
      filters: { kind },
      ...(after === undefined ? {} : { after }),
    });
    for (const { id } of page.entries) {
      const receipt = await receipts.load(tenant.id, id, AUDITOR);
      if (receipt) found.push(receipt);
    }
    after = page.next;
  } while (after !== undefined);
  return found;
}

/** What a receipt's `details` say. */
export function detailsOf({ disclosures }: StoredReceipt): readonly JsonObject[] {
  return disclosures
    .map((text) => JSON.parse(Buffer.from(text, 'base64url').toString()) as [string, string, unknown])
    .filter(([, name]) => name === 'details')
    .map(([, , value]) => JSON.parse(String(value)) as JsonObject);
}
