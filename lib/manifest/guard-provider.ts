import { err, ok, type Result } from '#lib/core';
import type { IdentityProviderRecord, IdentityProviderSettings } from '#lib/identity';
import type { ReceiptActor } from '#lib/receipts';
import { givesAdmin } from './draft-provider.ts';
import { refused } from './problems.ts';
import type { ResourceProblem } from './resource-types.ts';

/**
 * Nobody locks everybody out by accident, themselves included: who changes the roles has to keep their own, so that a
 * mistake can still be mended. Another group takes over in two steps: it is added, then one of its people removes the
 * old one. The operator's file may do anything.
 */
export function guardAdmins(
  before: IdentityProviderRecord | undefined,
  after: IdentityProviderSettings,
  actor: ReceiptActor,
): Result<void, ResourceProblem> {
  if (before === undefined || !givesAdmin(before.roleMapping)) return ok(undefined);
  if (!givesAdmin(after.roleMapping)) {
    const message =
      'With these roles nobody would be an admin any more: give at least one group the role admin.';
    return err(refused(message, [{ at: 'roles', message: 'gives nobody the role admin' }]));
  }
  const { person } = actor;
  if (person === undefined) return ok(undefined);
  const own = ['*', ...person.groups].flatMap((group) => after.roleMapping[group] ?? []);
  if (own.includes('admin')) return ok(undefined);
  const message =
    'With these roles you would not be an admin any more. Keep one of your groups in; somebody of the new group can remove it afterwards.';
  return err(refused(message, [{ at: 'roles', message: 'gives none of your own groups the role admin' }]));
}
