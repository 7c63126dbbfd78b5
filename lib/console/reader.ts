import type { Role } from '#lib/core';
import type { Reader, ReceiptFilters, Receipts } from '#lib/receipts';
import type { ReceiptMoment } from './admin-types.ts';
import type { Visitor } from './types.ts';

const SEES_ALL: readonly Role[] = ['auditor', 'admin'];

/** Who a visitor is to the receipts: auditors and admins see all, everybody else their own. */
export function readerOf({ session, ip }: Visitor): Reader {
  const { person } = session;
  return {
    all: person.roles.some((role) => SEES_ALL.includes(role)),
    reference: person.reference,
    actor: { mode: 'user', person, ...(ip === undefined ? {} : { ip }) },
  };
}

/** The newest receipt of some kind among those that the visitor may see. */
export async function newestReceipt(
  receipts: Receipts,
  visitor: Visitor,
  filters: ReceiptFilters,
): Promise<ReceiptMoment | undefined> {
  const query = { viewer: readerOf(visitor), filters, limit: 1 };
  const [newest] = (await receipts.search(visitor.tenant.id, query)).entries;
  return newest && { receipt: newest.id, at: newest.at };
}
