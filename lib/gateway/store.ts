import { decodeUtf8, fromHex, utf8, type Clock, type ReceiptId, type TenantId } from '#lib/core';
import type { Database, TenantTransaction } from '#lib/db';
import type { Keys } from '#lib/keys';
import { SESSION_CHANGE_TRIES_MAX } from './constants.ts';
import type { MadeTask } from './owned-tasks.ts';
import type { Session, SessionClaims, SessionState, SessionUpstream, UpstreamSession } from './session.ts';

const PURPOSE = 'mcp-session';

/** Rows of `mcp_session`: what changes in a session's life. */
export interface SessionStore {
  create(tenant: TenantId, hash: string, claims: SessionClaims, state: SessionState): Promise<void>;
  /** Undefined: there is none, or it has ended. */
  load(tenant: TenantId, hash: string): Promise<SessionState | undefined>;
  /**
   * Makes of the row what `change` makes of what it is by now, whoever else changes it at the same moment. Undefined: it has
   * ended.
   */
  change(session: Session, change: StateChange): Promise<SessionState | undefined>;
  /** Ends it, and tells every replica with the commit. */
  end(session: Session, now: number): Promise<void>;
  /** Ends all of the transaction's tenant; how many were alive. Whoever calls tells the replicas. */
  endAll(tx: TenantTransaction, now: number): Promise<number>;
  /** Deletes rows that have expired; how many. */
  sweep(tenant: TenantId, now: number): Promise<number>;
}

/** What becomes of a session; undefined: it stays as it is. Called again where another replica was faster. */
export type StateChange = (state: SessionState) => SessionState | undefined;

export function createSessionStore(database: Database, keys: Keys): SessionStore {
  const seal = (tenant: TenantId, hash: string, state: SessionState) =>
    keys.seal(tenant, { purpose: PURPOSE, record: hash }, utf8(JSON.stringify(state)));

  const loadRow = (tenant: TenantId, hash: string) => loadSessionRow(database, keys, tenant, hash);

  return {
    async create(tenant, hash, claims, state) {
      const sealed = await seal(tenant, hash, state);
      await database.tenantDb(tenant).read((client) =>
        client.mcpSession.create({
          data: {
            tenantId: tenant,
            idHash: hashBytes(hash),
            grantId: claims.grant,
            serverId: claims.server,
            personId: claims.person ?? null,
            sealed: bytesOf(sealed),
            expiresAt: new Date(claims.expiresAt),
          },
        }),
      );
    },

    load: async (tenant, hash) => (await loadRow(tenant, hash))?.state,

    async change({ tenant, hash }, change) {
      for (let tries = 0; tries < SESSION_CHANGE_TRIES_MAX; tries += 1) {
        const row = await loadRow(tenant, hash);
        const changed = row && change(row.state);
        if (row === undefined || changed === undefined) return row?.state;
        const sealed = bytesOf(await seal(tenant, hash, changed));
        const where = { idHash: hashBytes(hash), endedAt: null, sealed: row.sealed };
        const { count } = await database
          .tenantDb(tenant)
          .read((client) => client.mcpSession.updateMany({ where, data: { sealed } }));
        if (count === 1) return changed;
      }
      throw new Error('a session was changed elsewhere each time that it was to be changed here');
    },

    async end(session, now) {
      await database.tenantDb(session.tenant).transaction(async (tx) => {
        await tx.mcpSession.updateMany({
          where: { idHash: hashBytes(session.hash), endedAt: null },
          data: { endedAt: new Date(now) },
        });
        await database.revocations.revoke(tx, {
          tenant: session.tenant,
          kind: 'session',
          subject: session.hash,
        });
      });
    },

    endAll: async (tx, now) =>
      (await tx.mcpSession.updateMany({ where: { endedAt: null }, data: { endedAt: new Date(now) } })).count,

    sweep: (tenant, now) => deleteExpired(database, tenant, now),
  };
}

async function loadSessionRow(
  database: Database,
  keys: Keys,
  tenant: TenantId,
  hash: string,
): Promise<{ readonly sealed: Uint8Array<ArrayBuffer>; readonly state: SessionState } | undefined> {
  const row = await database.tenantDb(tenant).read((client) =>
    client.mcpSession.findFirst({
      where: { idHash: hashBytes(hash), endedAt: null },
      select: { sealed: true },
    }),
  );
  if (row === null) return undefined;
  const opened = await keys.open(tenant, { purpose: PURPOSE, record: hash }, row.sealed);
  return { sealed: row.sealed, state: withEra(JSON.parse(decodeUtf8(opened) ?? 'null') as StoredState) };
}

/** Rows of `mcp_task`: whose call made a task. */
export interface TaskStore {
  put(tenant: TenantId, task: StoredTask, owner: Uint8Array, ms: number): Promise<void>;
  /** Those that there are. */
  find(tenant: TenantId, hashes: readonly Uint8Array[]): Promise<readonly StoredTask[]>;
  /** Of one owner, up to `max`. */
  count(tenant: TenantId, owner: Uint8Array, max: number): Promise<TaskCount>;
  /** Deletes what has expired; how many. */
  sweep(tenant: TenantId): Promise<number>;
}

export interface StoredTask {
  readonly hash: Uint8Array;
  readonly made: MadeTask;
}

export interface TaskCount {
  readonly count: number;
  /** When the first of them is forgotten; undefined where there are none. */
  readonly firstEndsAt: Date | undefined;
}

export function createTaskStore(database: Database, clock: Clock): TaskStore {
  return {
    async put(tenant, { hash, made: { tool, call } }, owner, ms) {
      const values = [tenant, hash, tool, call, new Date(clock.now() + ms), owner];
      await database.tenantDb(tenant).sql(PUT_TASK, values);
    },

    async find(tenant, hashes) {
      const where = { idHash: { in: hashes.map(bytesOf) }, expiresAt: { gt: new Date(clock.now()) } };
      const rows = await database.tenantDb(tenant).read((client) => client.mcpTask.findMany({ where }));
      return rows.map(({ idHash, tool, callId }) => ({
        hash: idHash,
        made: { tool, call: callId as ReceiptId },
      }));
    },

    async count(tenant, owner, max) {
      const rows = await database
        .tenantDb(tenant)
        .sql<{ count: number; first: Date | null }>(COUNT_TASKS, [tenant, owner, new Date(clock.now()), max]);
      return { count: rows[0]?.count ?? 0, firstEndsAt: rows[0]?.first ?? undefined };
    },

    async sweep(tenant) {
      const where = { expiresAt: { lt: new Date(clock.now()) } };
      const { count } = await database
        .tenantDb(tenant)
        .read((client) => client.mcpTask.deleteMany({ where }));
      return count;
    },
  };
}

/** A server may give an id anew once its task is gone. */
const PUT_TASK = `insert into mcp_task (tenant_id, id_hash, tool, call_id, expires_at, owner_hash) values ($1, $2, $3, $4, $5, $6)
  on conflict (tenant_id, id_hash) do update set tool = excluded.tool, call_id = excluded.call_id, expires_at = excluded.expires_at,
    owner_hash = excluded.owner_hash`;

const COUNT_TASKS = `select count(*)::int as count, min(expires_at) as first from
  (select expires_at from mcp_task where tenant_id = $1 and owner_hash = $2 and expires_at > $3 order by expires_at limit $4) as known`;

async function deleteExpired(database: Database, tenant: TenantId, now: number): Promise<number> {
  const where = { expiresAt: { lt: new Date(now) } };
  const { count } = await database.tenantDb(tenant).read((client) => client.mcpSession.deleteMany({ where }));
  return count;
}

/** As a row has it: those of a release that knew one era alone do not name it. */
interface StoredState extends Omit<SessionState, 'upstream'> {
  readonly upstream: UpstreamSession | Omit<SessionUpstream, 'era'>;
}

function withEra({ upstream, ...state }: StoredState): SessionState {
  return { ...state, upstream: 'era' in upstream ? upstream : { ...upstream, era: 'session' } };
}

function hashBytes(hash: string): Uint8Array<ArrayBuffer> {
  return bytesOf(fromHex(hash) ?? new Uint8Array());
}

/** Prisma asks for bytes over a plain ArrayBuffer. */
function bytesOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
