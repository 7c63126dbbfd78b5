import type { ClientId, Clock, JsonObject, LogId, ReceiptId, TenantId, Timers } from '#lib/core';
import type { Database, TenantTransaction } from '#lib/db';
import type {
  AggregateClaim,
  Bundle,
  KeyClaim,
  OutcomeStatus,
  ReceiptKind,
  RefusalReason,
  TrustFile,
} from '#lib/evidence';
import type { Keys } from '#lib/keys';
import type { AuditRange, LogAudit } from './audit-types.ts';
import type { ReceiptDraft } from './draft-types.ts';
import type { LogUnavailable } from './errors.ts';
import type {
  BundleRequest,
  KeyAnnouncement,
  OpenedBodies,
  Reader,
  ReceiptPage,
  ReceiptQuery,
  StoredReceipt,
  Viewer,
} from './read-types.ts';

export type * from './audit-types.ts';
export type * from './draft-types.ts';
export type * from './read-types.ts';
export type { AggregateClaim, Bundle, KeyClaim, OutcomeStatus, ReceiptKind, RefusalReason, TrustFile };

/** A head that was read back as committed. Goes into `_meta` too, so that every holder of a receipt is a witness. */
export interface CommittedHead {
  readonly id: LogId;
  readonly size: number;
  /** base64, as in a checkpoint. */
  readonly root: string;
}

export type Appended = { readonly kind: ReceiptKind; readonly index: number };

/**
 * One tenant's log, as the call path uses it: nothing here makes a promise per call, and every callback runs
 * exactly once, in bounded time.
 */
export interface TenantLog {
  readonly tenant: TenantId;
  readonly id: LogId;
  head(): CommittedHead;
  /** `done(null)` once the attempt is committed. After an error nothing may be forwarded; should it turn out to be committed after all, it is closed as `failed`. */
  attempt(draft: ReceiptDraft, done: (error: LogUnavailable | null) => void): void;
  /** `done(null, …)` once the outcome is committed, maybe as `late_outcome`. After an error it is retried from memory. */
  outcome(draft: ReceiptDraft, done: (error: LogUnavailable | null, appended?: Appended) => void): void;
  /** Any receipt outside a change's transaction (a denial, a read). @throws {LogUnavailable} */
  append(draft: ReceiptDraft): Promise<Appended>;
}

/** The tenant as this module needs to know it. */
export interface LogOwner {
  readonly id: TenantId;
  /** The canonical URL at creation: `iss`, for ever. */
  readonly issuer: string;
}

/** A log that was just opened. */
export interface OpenedLog {
  readonly id: LogId;
  readonly origin: string;
  /** The log that it continues: what the database has of it, and what was seen of it. */
  readonly previous?: {
    readonly id: LogId;
    readonly origin: string;
    /** The newest that is known. */
    readonly checkpoint: string;
    readonly size: number;
    readonly seen: number;
  };
}

/** A log that takes no entry any more. */
export interface ClosedLog {
  readonly id: LogId;
  readonly origin: string;
  readonly size: number;
  readonly checkpoint: string;
}

export type ReceiptTimers = Timers;

export interface ReceiptsDeps {
  readonly database: Database;
  readonly keys: Keys;
  readonly clock: Clock;
  /** Folder of the high-water files; left out where a witness or nothing keeps them. */
  readonly highWaterDir?: string;
  /** The tenant that counts refusals of requests to no known tenant. */
  readonly instanceTenant?: () => TenantId | undefined;
  readonly logger: {
    warn(details: object, message: string): void;
    error(details: object, message: string): void;
  };
  readonly timers?: ReceiptTimers;
  readonly metrics?: ReceiptMetrics;
  /** Logs kept loaded; left out: `LOGS_LOADED_MAX`. */
  readonly logsMax?: number;
}

/** What of the log is measured: telemetry's metrics fit. */
export interface ReceiptMetrics {
  batchAppended(count: number, seconds: number): void;
  refused(reason: RefusalReason): void;
}

export interface Receipts {
  /** Creates the tenant's log, its keys and entry 0, in one transaction; does nothing when a log is open. */
  openLog(tenant: LogOwner): Promise<void>;
  /**
   * Closes the open log (after a restore) and opens a new one that names it. From then on the old one is refused here,
   * whatever a database that is restored once more says of it.
   */
  reopenLog(tenant: LogOwner): Promise<OpenedLog>;
  /**
   * Ends the tenant's log for good, with a last `key` receipt that says so under a last checkpoint. New calls must have
   * been refused before. Undefined: no log is open.
   */
  closeLog(tenant: TenantId): Promise<ClosedLog | undefined>;
  /** Writes the receipt of a change in the change's own transaction, sealed; the log gets it at the next `flush`. */
  stage(tx: TenantTransaction, tenant: TenantId, draft: ReceiptDraft): Promise<ReceiptId>;
  /** Resolves when everything staged and committed before the call is in the log. @throws {LogUnavailable} */
  flush(tenant: TenantId): Promise<void>;
  /** The hot handle; loads keys and head at first. @throws {LogUnavailable, HighWaterError, NoLog} */
  log(tenant: TenantId): Promise<TenantLog>;
  /** The hot handle if it is loaded already. */
  cachedLog(tenant: TenantId): TenantLog | undefined;
  /** Receipts of all tenants that are handed over here and not committed yet. */
  waiting(): number;
  /** Counts a refusal; one aggregate receipt a minute carries the counts. Tenant undefined: none was known. */
  refuse(tenant: TenantId | undefined, reason: RefusalReason): void;

  rotateReceiptKey(tenant: TenantId): Promise<void>;
  /** Old and new log key sign every checkpoint for 90 days. */
  rotateLogKey(tenant: TenantId): Promise<void>;

  search(tenant: TenantId, query: ReceiptQuery): Promise<ReceiptPage>;
  load(tenant: TenantId, id: ReceiptId, viewer: Viewer): Promise<StoredReceipt | undefined>;
  /** What acts say of themselves (their claim `details`), of those that the viewer may see and whose keys exist. No bodies. */
  details(
    tenant: TenantId,
    ids: readonly ReceiptId[],
    viewer: Viewer,
  ): Promise<ReadonlyMap<ReceiptId, JsonObject>>;
  /**
   * Opens a call: the bodies of this receipt and of the other half of its call. Reading is an act: the `read` receipt that
   * names both is in the log before this resolves. Undefined: no such receipt for this reader.
   */
  openBodies(tenant: TenantId, id: ReceiptId, reader: Reader): Promise<OpenedBodies | undefined>;
  /**
   * Undefined when one of the receipts does not exist for this reader, or when they are in several logs.
   * @throws {BundleTooLarge} when their bodies are more than one answer holds.
   */
  bundle(tenant: TenantId, request: BundleRequest): Promise<Bundle | undefined>;
  /** Names no key but those whose private halves open here, whatever stands in the log's rows. */
  trustFile(tenant: TenantId): Promise<TrustFile>;
  /** Every key that a log of this tenant names, in the order of the logs. Anybody may know them. */
  keyAnnouncements(tenant: TenantId): Promise<readonly KeyAnnouncement[]>;
  /** What search entries carry as `client`. */
  clientLookup(tenant: TenantId, client: ClientId | string): Promise<string>;

  /** Reads all of this tenant's logs, or those of a time, and says what is missing in them. */
  audit(tenant: TenantId, range: AuditRange): Promise<LogAudit>;

  /** Newest committed checkpoint of a log of this tenant. */
  checkpoint(tenant: TenantId, log: string): Promise<string | undefined>;
  /** `path` as in C2SP tlog-tiles: `tile/0/x001/067`, `tile/0/000.p/5`, `tile/entries/000.p/5`. Undefined: not in the tree. */
  tile(tenant: TenantId, log: string, path: string): Promise<Uint8Array | undefined>;
  /** A C2SP tlog-proof of one entry against the newest checkpoint. */
  proof(tenant: TenantId, id: ReceiptId, viewer: Viewer): Promise<string | undefined>;

  /** Closes the attempts of replicas whose lease has ended as `unknown`, and appends what is left in outboxes. */
  recover(): Promise<RecoveryReport>;
  /** Appends counts and outstanding outcomes, in bounded time, and stops all timers. */
  close(): Promise<void>;
}

export interface RecoveryReport {
  readonly replicas: number;
  readonly closedAttempts: number;
  readonly flushedTenants: number;
}
