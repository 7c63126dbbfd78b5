import type { Role } from '#lib/core';
import type { Reader } from '#lib/receipts';
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
