import { randomBytes } from 'node:crypto';
import { err, ok, uuidV7, type Result } from '#lib/core';
import type { TenantTransaction } from '#lib/db';
import { DAY_MS, SECRET_BYTES } from './constants.ts';
import { appendLedger, readLedger, type LedgerEntry } from './erasure-ledger.ts';
import type { IdentityProblem } from './errors.ts';
import { findStored } from './find-person.ts';
import { disownAgents } from './store-agents.ts';
import type { Changes } from './store-changes.ts';
import { blankPerson, findPersonById, lockPerson, type StoredPerson } from './store-people.ts';
import { deleteSessionsOf } from './store-sessions.ts';
import type { Actor, ErasedPerson, IdentityDeps, People, TenantRecord } from './types.ts';

type Erasure = Pick<People, 'erase'> & { readonly applyLedger: People['applyErasureLedger'] };

export function createErasure(deps: IdentityDeps, changes: Changes): Erasure {
  return {
    async erase(tenant, selector, actor) {
      const found = await findStored(deps, tenant.id, selector);
      const [person] = found;
      if (person === undefined) {
        return err({
          kind: 'not-found',
          message: 'Nobody here is known by that. An email counts only if it was verified.',
        });
      }
      if (found.length > 1) return err(ambiguous(found));
      return await erase(deps, changes, tenant, person, actor, true);
    },
    async applyLedger(tenant, actor) {
      const entries = await readLedger(deps.erasureLedgerFile);
      let alive = 0;
      for (const entry of entries.filter((candidate) => candidate.tenant === tenant.id)) {
        if (await eraseAgain(deps, changes, tenant, entry, actor)) alive += 1;
      }
      return alive;
    },
  };
}

function ambiguous(found: readonly StoredPerson[]): IdentityProblem {
  const references = found.map((person) => person.reference).join(', ');
  return {
    kind: 'ambiguous',
    message: `Several people had this address verified. Name one by its reference: ${references}.`,
  };
}

async function eraseAgain(
  deps: IdentityDeps,
  changes: Changes,
  tenant: TenantRecord,
  entry: LedgerEntry,
  actor: Actor,
): Promise<boolean> {
  const stored = await deps.database
    .tenantDb(tenant.id)
    .read(async (client) => await findPersonById(client, entry.person));
  if (stored === undefined || stored.state === 'erased') return false;
  return (await erase(deps, changes, tenant, stored, actor, false)).ok;
}

/**
 * One transaction: sessions and grants end, the row forgets whom it stood for, the key goes, the receipt is staged. The
 * ledger is written before the commit: an erasure that only the ledger knows is done again, one that only a database knew
 * would be undone by restoring it.
 */
async function erase(
  deps: IdentityDeps,
  changes: Changes,
  tenant: TenantRecord,
  person: StoredPerson,
  actor: Actor,
  enterLedger: boolean,
): Promise<Result<ErasedPerson, IdentityProblem>> {
  const { database, receipts, clock, erasureLedgerFile, backupRetentionDays } = deps;
  // What waits in the outbox is sealed under the key that is about to go.
  await receipts.flush(tenant.id);
  return await database.tenantDb(tenant.id).transaction(async (tx) => {
    await lockPerson(tx, person.id);
    if (!(await blankPerson(tx, person.id, randomBytes(SECRET_BYTES)))) {
      return err({ kind: 'not-found', message: 'This person has been erased meanwhile.' } as const);
    }
    await endEverything(deps, tx, tenant, person);
    const at = clock.now();
    const backupsUntil = at + backupRetentionDays * DAY_MS;
    await receipts.stage(tx, tenant.id, {
      id: uuidV7(at, randomBytes(10)),
      at,
      kind: 'erasure',
      actor: withoutErased(actor, person),
      erasure: { backupsFrom: Math.ceil(backupsUntil / 1000) },
      details: { reference: person.reference },
    });
    changes.announce(tx, { kind: 'person', tenant: tenant.id, subject: person.id });
    const { id, reference } = person;
    if (enterLedger) await appendLedger(erasureLedgerFile, { at, tenant: tenant.id, person: id, reference });
    return ok({ reference, at, backupsUntil });
  });
}

async function endEverything(
  deps: IdentityDeps,
  tx: TenantTransaction,
  tenant: TenantRecord,
  person: StoredPerson,
): Promise<void> {
  await deleteSessionsOf(tx, person.id);
  await disownAgents(tx, person.id);
  await deps.vault.removeAllOf(tx, tenant.id, person.id);
  await deps.database.revocations.revoke(tx, { tenant: tenant.id, kind: 'person', subject: person.id });
  await deps.keys.destroyPersonKey(tx, tenant.id, person.id);
}

/** Who erases themselves can't be named in the receipt of it. */
function withoutErased(actor: Actor, person: StoredPerson): Actor {
  return actor.person?.id === person.id ? { mode: actor.mode } : actor;
}
