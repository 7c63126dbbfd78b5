import type {
  ClientId,
  Clock,
  JsonObject,
  LogId,
  PersonId,
  ReceiptId,
  ServerId,
  SubjectReference,
  TenantId,
} from '#lib/core';
import type { Database, TenantTransaction } from '#lib/db';
import type {
  AggregateClaim,
  Bundle,
  CredentialKind,
  Effect,
  KeyClaim,
  OutcomeStatus,
  ReceiptKind,
  RefusalReason,
  TrustFile,
} from '#lib/evidence';
import type { Keys } from '#lib/keys';
import type { LogUnavailable } from './errors.ts';

export type { AggregateClaim, Bundle, KeyClaim, OutcomeStatus, ReceiptKind, RefusalReason, TrustFile };

/** Who a receipt names. A `Person` of core fits; the claims enter disclosures only. */
export interface ReceiptPerson {
  readonly id: PersonId;
  readonly reference: SubjectReference;
  readonly issuer: string;
  readonly subject: string;
  readonly email?: string;
  readonly name?: string;
  readonly groups: readonly string[];
}

export interface ReceiptActor {
  /** `operator` acts at the machine (CLI), `system` is Countersign itself. */
  readonly mode: 'user' | 'agent' | 'operator' | 'system';
  /** Keep handing in the same object for the same person: its constant parts are cached by identity. */
  readonly person?: ReceiptPerson;
  readonly clientId?: ClientId | string;
  readonly workload?: string;
  /** Random per MCP session. */
  readonly session?: string;
  readonly ip?: string;
}

export interface TextDigest {
  /** Lower-case hex. */
  readonly sha256: string;
  readonly bytes: number;
}

/** What a module wants receipted: everything but what the log adds. Private parts are sealed before they are stored. */
export interface ReceiptDraft {
  readonly id: ReceiptId;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly kind: ReceiptKind;
  /** The attempt that this outcome closes. */
  readonly attempt?: ReceiptId;
  /** Of a resend: the first attempt. */
  readonly firstAttempt?: ReceiptId;
  /** Of an attempt: the kind its outcome will have. Left out: by tool, uri or prompt, else `completion`. */
  readonly outcomeKind?: ReceiptKind;
  readonly actor: ReceiptActor;
  readonly server?: { readonly id: ServerId | string; readonly urlSha256?: string };
  readonly tool?: { readonly name: string; readonly definitionSha256?: string };
  readonly uri?: string;
  readonly prompt?: string;
  readonly decision?: ReceiptDecision;
  readonly credential?: { readonly kind: CredentialKind; readonly reference?: string };
  readonly status?: OutcomeStatus;
  /** `text` is the RFC 8785 text that was hashed; it is sealed with the attempt (waived: with the outcome). */
  readonly arguments?: TextDigest & { readonly text?: string };
  readonly received?: TextDigest;
  readonly result?: {
    readonly bytes?: Uint8Array;
    readonly sha256: string;
    readonly length?: number;
    readonly member: 'result' | 'error';
  };
  readonly upstream?: TextDigest;
  readonly events?: { readonly count: number; readonly sha256: string };
  /** RFC 8785 text of what replay needs; above 1 KiB it becomes a body and its digest is disclosed. */
  readonly context?: string;
  /** RFC 8785 text; as `context`. */
  readonly values?: string;
  readonly timing?: {
    readonly receivedMs: number;
    readonly forwardedMs?: number;
    readonly answeredMs?: number;
  };
  readonly elicitations?: readonly string[];
  /** What an administrative act was about; travels as RFC 8785 text inside one disclosure. */
  readonly details?: JsonObject;
  /** The person whom an act of somebody else was about: `details` is then sealed under this person's key. */
  readonly about?: { readonly id: PersonId; readonly reference: SubjectReference };
  /** A public key before its first use. */
  readonly key?: KeyClaim;
  readonly aggregate?: AggregateClaim;
  /** Of kind `erasure`: seconds since the epoch from when on it also holds for every backup. */
  readonly erasure?: { readonly backupsFrom: number };
}

export interface ReceiptDecision {
  readonly effect: Effect;
  readonly policySetSha256: string;
  readonly policies: readonly string[];
  readonly reasons: readonly string[];
  readonly obligations: readonly string[];
  readonly shadow: readonly string[];
}

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

/** The log's clear facts about one receipt, for lists. */
export interface ReceiptSummary {
  readonly id: ReceiptId;
  readonly log: LogId;
  readonly index: number;
  readonly kind: ReceiptKind;
  /** Seconds since the epoch. */
  readonly at: number;
  readonly mode: ReceiptActor['mode'];
  /** Reference to the person; absent without one. */
  readonly subject?: SubjectReference;
  /** Compare with `clientLookup`. */
  readonly client?: string;
  readonly server?: string;
  readonly tool?: string;
  readonly effect?: Effect;
  readonly status?: OutcomeStatus;
  readonly attempt?: ReceiptId;
}

/** Whose eyes: auditors and admins see all receipts, everybody else their own. */
export interface Viewer {
  readonly all: boolean;
  readonly reference?: SubjectReference;
}

/** A viewer who opens what is sealed; named in the `read` receipt. */
export interface Reader extends Viewer {
  readonly actor: ReceiptActor;
}

export interface ReceiptFilters {
  readonly person?: SubjectReference;
  readonly agent?: ClientId | string;
  readonly server?: ServerId | string;
  readonly tool?: string;
  readonly effect?: Effect;
  readonly kind?: ReceiptKind;
  readonly status?: OutcomeStatus;
  /** Seconds since the epoch, both inclusive. */
  readonly from?: number;
  readonly to?: number;
}

export interface ReceiptQuery {
  readonly viewer: Viewer;
  readonly filters?: ReceiptFilters;
  /** `next` of the page before. */
  readonly after?: string;
  readonly limit: number;
}

/** Newest first. `next` may be present on a page with few or no entries: the search looks at a bounded stretch at a time. */
export interface ReceiptPage {
  readonly entries: readonly ReceiptSummary[];
  readonly next?: string;
}

/** A receipt as stored, with the disclosures that the viewer's rights and the person's key still open. */
export interface StoredReceipt {
  readonly summary: ReceiptSummary;
  /** The issuer-signed JWT, or of an attempt its text: without disclosures. */
  readonly leaf: string;
  /** The payload as signed. */
  readonly payload: JsonObject;
  /** SD-JWT of `leaf` and `disclosures`; absent for attempts. */
  readonly sdJwt?: string;
  readonly disclosures: readonly string[];
  /** False when the person was erased: what was sealed about them is gone for ever. */
  readonly opened: boolean;
  /** Names of the bodies in the archive; `openBodies` reads them, and says so in the log. */
  readonly bodies: readonly BodyName[];
}

export type BodyName = 'arguments' | 'result' | 'context' | 'values';
export type ReceiptBodies = { readonly [name in BodyName]?: string };

export interface BundleRequest {
  readonly reader: Reader;
  readonly receipts: readonly ReceiptId[];
  readonly bodies: boolean;
  /** Adds the proof that the bundle's checkpoint extends the log of this size. */
  readonly consistentWith?: number;
}

/** The tenant as this module needs to know it. */
export interface LogOwner {
  readonly id: TenantId;
  /** The canonical URL at creation: `iss`, for ever. */
  readonly issuer: string;
}

export interface ReceiptTimers {
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
  setImmediate(run: () => void): void;
}

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
}

export interface Receipts {
  /** Creates the tenant's log, its keys and entry 0, in one transaction; does nothing when a log is open. */
  openLog(tenant: LogOwner): Promise<void>;
  /** Closes the open log (after a restore) and opens a new one that names it. */
  reopenLog(tenant: LogOwner): Promise<void>;
  /** Writes the receipt of a change in the change's own transaction, sealed; the log gets it at the next `flush`. */
  stage(tx: TenantTransaction, tenant: TenantId, draft: ReceiptDraft): Promise<ReceiptId>;
  /** Resolves when everything staged and committed before the call is in the log. @throws {LogUnavailable} */
  flush(tenant: TenantId): Promise<void>;
  /** The hot handle; loads keys and head at first. @throws {LogUnavailable, HighWaterError, NoLog} */
  log(tenant: TenantId): Promise<TenantLog>;
  /** The hot handle if it is loaded already. */
  cachedLog(tenant: TenantId): TenantLog | undefined;
  /** Counts a refusal; one aggregate receipt a minute carries the counts. Tenant undefined: none was known. */
  refuse(tenant: TenantId | undefined, reason: RefusalReason): void;

  rotateReceiptKey(tenant: TenantId): Promise<void>;
  /** Old and new log key sign every checkpoint for 90 days. */
  rotateLogKey(tenant: TenantId): Promise<void>;

  search(tenant: TenantId, query: ReceiptQuery): Promise<ReceiptPage>;
  load(tenant: TenantId, id: ReceiptId, viewer: Viewer): Promise<StoredReceipt | undefined>;
  /** Reading is an act: the `read` receipt is in the log before this resolves. Undefined: no such receipt for this reader. */
  openBodies(tenant: TenantId, id: ReceiptId, reader: Reader): Promise<ReceiptBodies | undefined>;
  /** Undefined when one of the receipts does not exist for this reader. */
  bundle(tenant: TenantId, request: BundleRequest): Promise<Bundle | undefined>;
  trustFile(tenant: TenantId): Promise<TrustFile>;
  /** What search entries carry as `client`. */
  clientLookup(tenant: TenantId, client: ClientId | string): Promise<string>;

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
