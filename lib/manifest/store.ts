import { ok, type Result, type TenantId } from '#lib/core';
import type { Database, TenantClient, TenantTransaction } from '#lib/db';
import { APPLY_TRANSACTION_MS } from './constants.ts';

/** What is remembered of a file that was applied. */
export interface Application {
  readonly sha256: string;
  /** Names of what it owns (`ownership.ts`). */
  readonly owns: ReadonlySet<string>;
}

export interface ManifestStore {
  /**
   * One change of a tenant's configuration at a time; a second one waits for the first. A failure rolls back. With
   * `keep: false` so does a success: what would have happened is known, and nothing has.
   */
  transaction<T, E>(
    tenant: TenantId,
    work: (tx: TenantTransaction) => Promise<Result<T, E>>,
    options?: { readonly keep?: boolean },
  ): Promise<Result<T, E>>;
  read<T>(tenant: TenantId, use: (client: TenantClient) => Promise<T>): Promise<T>;
  /** The last file that was applied; without one, nothing is owned. */
  lastIn(client: TenantClient): Promise<Application | undefined>;
  /** Remembers which file is in force, once per change. */
  remember(
    tx: TenantTransaction,
    tenant: TenantId,
    application: Application,
    appliedBy: string,
  ): Promise<void>;
}

class RolledBack extends Error {
  readonly result: Result<unknown, unknown>;
  constructor(result: Result<unknown, unknown>) {
    super('nothing of this transaction is kept');
    this.result = result;
  }
}

export function createManifestStore(database: Database): ManifestStore {
  const inTurn = createTurns();
  return {
    transaction: async (tenant, work, { keep = true } = {}) =>
      await inTurn(tenant, async () => {
        try {
          const result = await database.tenantDb(tenant).transaction(
            async (tx) => {
              await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended('manifest/' || ${tenant}::text, 0))`;
              const done = await work(tx);
              if (!done.ok || !keep) throw new RolledBack(done);
              return ok(done.value);
            },
            { timeoutMs: APPLY_TRANSACTION_MS },
          );
          // The other replicas hear of what was revoked within a second; here nobody is told "done" before it is so.
          await database.revocations.confirm();
          return result;
        } catch (error) {
          if (error instanceof RolledBack) return error.result as Awaited<ReturnType<typeof work>>;
          throw error;
        }
      }),
    read: async (tenant, use) => await database.tenantDb(tenant).read(use),
    lastIn,
    async remember(tx, tenant, { sha256, owns }, appliedBy) {
      const last = await lastIn(tx);
      if (last?.sha256 === sha256 && isSame(last.owns, owns)) return;
      const data = { tenantId: tenant, sha256, appliedBy, owns: [...owns].toSorted() };
      // The database's clock, and never before the last one: who applied last must not depend on whose clock is right.
      const [now] = await tx.$queryRaw<{ at: Date }[]>`select greatest(clock_timestamp(),
        (select max(applied_at) + interval '1 millisecond' from manifest_application)) as at`;
      await tx.manifestApplication.create({ data: { ...data, ...(now && { appliedAt: now.at }) } });
    },
  };
}

async function lastIn(client: TenantClient): Promise<Application | undefined> {
  const row = await client.manifestApplication.findFirst({ orderBy: { appliedAt: 'desc' } });
  return row === null ? undefined : { sha256: row.sha256, owns: new Set(row.owns) };
}

function isSame(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((name) => other.has(name));
}

/** Those of this process wait here, not each with a connection in hand that the one under way may need. */
function createTurns(): <T>(tenant: TenantId, work: () => Promise<T>) => Promise<T> {
  const last = new Map<TenantId, Promise<unknown>>();
  return async (tenant, work) => {
    const turn = (last.get(tenant) ?? Promise.resolve()).then(work, work);
    const settled = turn.catch(() => undefined);
    last.set(tenant, settled);
    try {
      return await turn;
    } finally {
      if (last.get(tenant) === settled) last.delete(tenant);
    }
  };
}
