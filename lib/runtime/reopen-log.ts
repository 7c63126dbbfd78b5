import { err, ok, type Result } from '#lib/core';
import type { TenantRecord } from '#lib/identity';
import { explainRefusedLog, type OpenedLog, type ReceiptActor } from '#lib/receipts';
import { SETTLE_TIMEOUT_MS } from './constants.ts';
import { draftAdmin } from './draft-admin.ts';
import { requireTenant } from './export-bundle.ts';
import type { Modules } from './types.ts';

export interface ReopenRequest {
  readonly tenant: string;
  /** The operator says that the database was restored, although nothing here shows it. */
  readonly restored: boolean;
  readonly actor: ReceiptActor;
}

export interface ReopenedLog {
  readonly log: string;
  readonly previous?: string;
  /** Entries of the old log that were seen and that the database no longer has. */
  readonly missingEntries: number;
  readonly endedGrants: number;
  readonly endedBrowserSessions: number;
  readonly endedMcpSessions: number;
  /** People whom the ledger names and whom the restored database had back. */
  readonly erasedAgain: number;
}

type Ended = Pick<ReopenedLog, 'endedGrants' | 'endedBrowserSessions' | 'endedMcpSessions'>;

/**
 * After a restore (FORMATS 3): whatever the old state still allows is ended before a new log is opened, and the people
 * whom it brought back are erased again before anybody is served. Interrupted, it is simply run again.
 */
export async function reopenLog(
  modules: Modules,
  request: ReopenRequest,
): Promise<Result<ReopenedLog, { readonly message: string }>> {
  const { actor } = request;
  const tenant = await findTenant(modules, request.tenant);
  const refusal = await whyNot(modules, tenant, request);
  if (refusal !== undefined) return err({ message: refusal });
  const ended = await endEverything(modules, tenant, actor);
  const opened = await modules.receipts.reopenLog(tenant);
  const erasedAgain = await modules.identity.people.applyErasureLedger(tenant, actor);
  const missingEntries = missing(opened);
  await serveAgain(modules, tenant, actor, { erased_again: erasedAgain, missing_entries: missingEntries });
  const previous = opened.previous && { previous: opened.previous.origin };
  return ok({ log: opened.origin, ...previous, missingEntries, ...ended, erasedAgain });
}

/** The instance's own log can be behind, too. */
async function findTenant(modules: Modules, name: string): Promise<TenantRecord> {
  const instance = await modules.identity.tenants.instance();
  return name === instance.slug ? await current(modules, instance) : await requireTenant(modules, name);
}

/** The row itself: what is cached may be from before an interrupted run. */
async function current({ identity }: Modules, tenant: TenantRecord): Promise<TenantRecord> {
  return (await identity.tenants.byId(tenant.id)) ?? tenant;
}

async function whyNot(
  modules: Modules,
  tenant: TenantRecord,
  { restored }: ReopenRequest,
): Promise<string | undefined> {
  if (tenant.state === 'reopening') return undefined;
  if (tenant.state !== 'active') return `${tenant.slug} is ${tenant.state}: there is no log to reopen`;
  if (restored || (await isLogRefused(modules, tenant))) return undefined;
  return (
    `the log of ${tenant.slug} continues what was seen here, so nothing needs to be reopened. If the database was restored ` +
    'from a backup all the same (another machine saw more, or its high-water files are lost), say so with --restored: ' +
    'every grant and session of the tenant ends'
  );
}

/** Whether the tenant's log is behind what was seen here. @throws what else keeps it from being loaded. */
export async function isLogRefused({ receipts }: Modules, tenant: TenantRecord): Promise<boolean> {
  try {
    await receipts.log(tenant.id);
    return false;
  } catch (error) {
    if (explainRefusedLog(error) !== undefined) return true;
    throw error;
  }
}

/** One transaction, while the old log is still refused: the staged receipts become the first acts in the new one. */
async function endEverything(modules: Modules, tenant: TenantRecord, actor: ReceiptActor): Promise<Ended> {
  const { clock, database, gateway, identity, oauth, receipts } = modules;
  return await database.tenantDb(tenant.id).transaction(
    async (tx) => {
      await identity.tenants.changeState(tx, tenant, 'reopening');
      const details = { action: 'log.reopen' };
      await receipts.stage(tx, tenant.id, draftAdmin(clock, actor, details));
      const why = { reason: 'log_reopened', actor } as const;
      const endedGrants = await oauth.grants.revokeIn(tx, tenant.id, { all: true }, why);
      const endedBrowserSessions = await identity.sessions.endEvery(tx);
      const endedMcpSessions = await gateway.endSessions(tx);
      return { endedGrants, endedBrowserSessions, endedMcpSessions };
    },
    { timeoutMs: SETTLE_TIMEOUT_MS },
  );
}

async function serveAgain(
  { clock, database, identity, receipts }: Modules,
  tenant: TenantRecord,
  actor: ReceiptActor,
  found: { readonly erased_again: number; readonly missing_entries: number },
): Promise<void> {
  await database.tenantDb(tenant.id).transaction(async (tx) => {
    const details = { action: 'log.reopened', ...found };
    await receipts.stage(tx, tenant.id, draftAdmin(clock, actor, details));
    await identity.tenants.changeState(tx, tenant, 'active');
  });
  await receipts.flush(tenant.id);
}

function missing({ previous }: OpenedLog): number {
  return previous === undefined ? 0 : Math.max(0, previous.seen - previous.size);
}
