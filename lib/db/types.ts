import type { ReplicaId, TenantId } from '#lib/core';
import type { PrismaClient } from './generated/client.ts';

/** What db says goes here: pino's shape, so that telemetry's logger fits. */
export interface DatabaseLogger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** Delegates of the models that hold no tenant's data. */
export type SystemModel = 'tenant' | 'replicaLease' | 'revocation' | 'revocationHead';

type ClientMember = '$connect' | '$disconnect' | '$on' | '$transaction' | '$extends' | '$use';
type RawMember = '$queryRawUnsafe' | '$executeRawUnsafe';

/**
 * Prisma's delegates of the tenant's own models. Every query is filtered by the tenant (first lock) and runs on a
 * connection whose `app.tenant` is that tenant (row-level security, second lock). `$queryRaw` and `$executeRaw`
 * have the second lock alone.
 */
export type TenantClient = Omit<PrismaClient, SystemModel | ClientMember | RawMember>;

/** The same inside one transaction. Pass it on to `stage`, `revoke`, `afterCommit`. */
export type TenantTransaction = TenantClient & { readonly [transactionMark]?: never };
declare const transactionMark: unique symbol;

export type SystemClient = Pick<PrismaClient, SystemModel | '$queryRaw' | '$executeRaw'>;

/** Runs one statement and returns its rows. */
export type RunStatement = <Row>(text: string, values: readonly unknown[]) => Promise<readonly Row[]>;

export interface TransactionOptions {
  /** How long the whole transaction may take before it is rolled back. */
  readonly timeoutMs?: number;
  readonly isolation?: 'ReadCommitted' | 'RepeatableRead' | 'Serializable';
}

/** The only way to a tenant's rows. */
export interface TenantDb {
  readonly tenant: TenantId;
  read<T>(f: (client: TenantClient) => Promise<T>): Promise<T>;
  transaction<T>(f: (tx: TenantTransaction) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /**
   * One prepared statement on a raw connection with the tenant set: the hot path's way, under short timeouts.
   * The text must be a constant of the program, for each distinct text stays prepared.
   */
  sql<Row>(text: string, values: readonly unknown[]): Promise<readonly Row[]>;
  /** `sql` without a promise: what the receipts' sequencer calls per batch. */
  sqlCallback<Row>(
    text: string,
    values: readonly unknown[],
    done: (error: Error | null, rows: readonly Row[]) => void,
  ): void;
  /** Several statements in one transaction on one raw connection; rolled back when `f` throws. */
  sqlTransaction<T>(f: (run: RunStatement) => Promise<T>): Promise<T>;
}

/** The named tables without tenant data, and what crosses tenants by its nature. */
export interface SystemDb {
  read<T>(f: (client: SystemClient) => Promise<T>): Promise<T>;
  transaction<T>(f: (tx: SystemClient) => Promise<T>): Promise<T>;
  /**
   * A query as the sweeper's role: across all tenants, but of each table only the columns that say which row of
   * which tenant is due (see prisma/README.md). What is found is then changed through `tenantDb`.
   */
  sweep<Row>(text: string, values: readonly unknown[]): Promise<readonly Row[]>;
}

/** What a person or a program lost access by. */
export type RevocationKind = 'grant' | 'person' | 'client' | 'session' | 'token' | 'server' | 'tenant';

export interface RevocationNotice {
  readonly sequence: bigint;
  readonly tenant: TenantId;
  readonly kind: RevocationKind;
  readonly subject: string;
}

/** Who lost access, in order. A replica that has not confirmed it for a second must ask or refuse. */
export interface RevocationSequence {
  /** Inside the change's own transaction; the replicas are told right after its commit. */
  revoke(
    tx: TenantTransaction,
    revocation: { tenant: TenantId; kind: RevocationKind; subject: string },
  ): Promise<void>;
  /** The newest number this replica knows to be handled by its subscribers. */
  current(): bigint;
  /** Confirmed against the database within the last second. */
  isFresh(): boolean;
  /** Milliseconds since that confirmation. */
  ageMs(): number;
  /** Reads the head now, delivers what is new, and resolves once subscribers have had it. */
  confirm(): Promise<void>;
  subscribe(handler: (notice: RevocationNotice) => void): () => void;
}

/** This process's claim to be alive. Whoever is fenced must never append again. */
export interface ReplicaLease {
  readonly id: ReplicaId;
  /** True once recovery declared this replica dead, or when it can no longer know that it was not. */
  isFenced(): boolean;
  /**
   * Replicas that are dead and whose open attempts nobody has closed yet, this one excluded: they gave their lease up, or it
   * had run out a while ago already and was not renewed since. To be asked every few seconds.
   */
  listDead(): Promise<readonly ReplicaId[]>;
  /** Whether another replica may live: its lease was neither given up nor fenced, though it may have run out. */
  hasOthers(): Promise<boolean>;
  /** Declares a dead replica dead for ever. False when it renewed in time after all. Fencing twice is fine. */
  fence(deadReplica: ReplicaId): Promise<boolean>;
  /** A fenced replica's open attempts have been closed: nothing of it is left to do. */
  markRecovered(deadReplica: ReplicaId): Promise<void>;
  /** Runs once when this replica finds itself fenced. */
  onFenced(handler: () => void): void;
}

/** Connections of one pool, and work that waits for one. */
export interface DatabasePool {
  readonly pool: string;
  readonly busy: number;
  readonly idle: number;
  readonly waiting: number;
}

export interface Database {
  tenantDb(id: TenantId): TenantDb;
  readonly systemDb: SystemDb;
  readonly lease: ReplicaLease;
  readonly revocations: RevocationSequence;
  /** Tells every replica, this one included. At most once, and lost while a replica's connection is down: a hint, never a fact. */
  notify(channel: string, payload: string): Promise<void>;
  /** Returns when the channel is listened to; the handler is also called with `undefined` after a lost connection was healed. */
  listen(channel: string, handler: (payload: string | undefined) => void): Promise<() => void>;
  ping(): Promise<void>;
  pools(): readonly DatabasePool[];
  /** Facts for the production guard and `doctor`. */
  roleFacts(): Promise<RoleFacts>;
  /** Gives up the lease, ends every connection. */
  close(): Promise<void>;
}

export interface RoleFacts {
  readonly role: string;
  readonly superuser: boolean;
  readonly bypassesRowSecurity: boolean;
  /** Owns at least one table: row-level security could be switched off by it. */
  readonly ownsTables: boolean;
  /** PostgreSQL's synchronous_commit as this role gets it. */
  readonly synchronousCommit: string;
  /** Servers that replicate from this one now. */
  readonly standbys: number;
  /** PostgreSQL's synchronous_standby_names: whom a commit waits for. */
  readonly synchronousStandbys: string;
}

export interface DatabaseOptions {
  /** The application's role. */
  readonly url: string;
  readonly poolSize: number;
  readonly logger: DatabaseLogger;
  /** Milliseconds that only move forward; replaced in tests. */
  readonly monotonicNow?: () => number;
}

/** A PostgreSQL of this instance's own. */
export interface EmbeddedPostgres {
  /** URL of the application's role. */
  readonly url: string;
  /** URL of the role that owns the schema. */
  readonly adminUrl: string;
  /** False when it was already running for another process of this instance and was attached to. */
  readonly started: boolean;
  /** Lets go of it; PostgreSQL stops once nobody holds it. */
  stop(): Promise<void>;
}
