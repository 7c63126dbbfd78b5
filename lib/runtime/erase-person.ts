import type { Result, SubjectReference } from '#lib/core';
import type { ErasedPerson, IdentityProblem } from '#lib/identity';
import type { ReceiptActor } from '#lib/receipts';
import { requireTenant } from './export-bundle.ts';
import type { Modules } from './types.ts';

/** Erases a person by verified email or by the reference that receipts carry, and waits until the log says so. */
export async function erasePerson(
  modules: Modules,
  tenantName: string,
  person: string,
  actor: ReceiptActor,
): Promise<Result<ErasedPerson, IdentityProblem>> {
  const tenant = await requireTenant(modules, tenantName);
  const selector = person.includes('@') ? { email: person } : { reference: person as SubjectReference };
  const erased = await modules.identity.people.erase(tenant, selector, actor);
  if (erased.ok) await modules.receipts.flush(tenant.id);
  return erased;
}
