import type {
  ClientId,
  Clock,
  GrantId,
  JsonObject,
  PersonId,
  Principal,
  Result,
  ServerId,
  TenantId,
} from '#lib/core';
import type { Database, TenantClient, TenantTransaction } from '#lib/db';
import type { Addresses } from '#lib/edge';
import type { BrowserSession, Identity, TenantRecord } from '#lib/identity';
import type { Keys } from '#lib/keys';
import type { ReceiptDraft, Receipts } from '#lib/receipts';
import type { Registry } from '#lib/registry';
import type { Telemetry } from '#lib/telemetry';
import type { AccessTokenRefusal, InteractionProblem } from './errors.ts';

/** Names of the tools of a server that today's policy lets this principal call; for the consent page. */
export type ListCallableTools = (principal: Principal, server: ServerId) => Promise<readonly string[]>;

export interface OauthDeps {
  readonly database: Database;
  readonly keys: Keys;
  readonly identity: Identity;
  readonly registry: Registry;
  readonly receipts: Receipts;
  readonly addresses: Addresses;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Policy decides; the caller wires it in, so that this module never imports it. */
  readonly callableTools: ListCallableTools;
}

/** Who may become an agent here: only the named ones, whoever an admin admits, or anyone (demo). */
export type AdmissionMode = 'listed' | 'approval' | 'open';

/** What a tenant may set. Absent members take the defaults of constants.ts. */
export interface OauthSettings {
  readonly admission: AdmissionMode;
  /** Absolute life of a grant; no refresh outlives it. */
  readonly grantSeconds: number;
  /** How long a refresh token presented again by the same client gets the very same answer; 0: never. */
  readonly refreshReplaySeconds: number;
}

/** What a request to the authorization server brings besides itself. */
export interface RequestContext {
  /** The browser session behind the request's cookie, verified. */
  readonly session?: BrowserSession;
  /** Freed of untrusted forwarding headers. */
  readonly ip: string;
}

/** What a visit to the consent page brings: the person, and the cookie that binds the page to this browser. */
export interface ConsentVisit {
  readonly session: BrowserSession;
  /** The Cookie header as it came. */
  readonly cookies: string | null;
  readonly ip: string;
}

/** What the consent page shows. Everything under `client` is the client's own claim about itself. */
/** What a person who is asked may know of a tool. Title and description are the server's: show them as quoted text. */
export interface ConsentTool {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
}

export interface ConsentRequest {
  readonly uid: string;
  readonly client: {
    readonly id: ClientId;
    /** Self-asserted. Show it as quoted text. */
    readonly name: string;
    readonly uri?: string;
    /** `file`: named by this tenant's admin. `dynamic`: registered itself. */
    readonly origin: 'file' | 'dynamic';
  };
  /** For the page's `form-action`: Chromium applies it to the redirects that answer a form. */
  readonly redirectUri: string;
  /** Where the answer goes, to show: host and port, or the scheme of an app's own link. */
  readonly redirectHost: string;
  /** Every redirect stays on this very machine: whatever runs here could be receiving it. */
  readonly redirectLoopback: boolean;
  /** `pending`: nobody may use this client until an admin admits it. */
  readonly admission: 'admitted' | 'pending' | 'refused';
  /** The signed-in person is an admin and may admit the client by allowing with `admit`. */
  readonly mayAdmit: boolean;
  readonly server: { readonly id: ServerId; readonly title: string; readonly resource: string };
  readonly scopes: readonly string[];
  /** Approved tools that today's policy would let the client call for this person, with the server's own words on each. */
  readonly tools: readonly ConsentTool[];
  /** Epoch milliseconds: the grant's absolute end if it is given now. */
  readonly grantExpiresAt: number;
  /** Epoch milliseconds: until when the page may be answered. */
  readonly expiresAt: number;
}

export type ConsentDecision =
  { readonly effect: 'allow'; readonly admit?: boolean } | { readonly effect: 'decline' };

/** A grant as its person or an admin sees it. */
export interface GrantRecord {
  readonly id: GrantId;
  readonly mode: 'user' | 'agent';
  readonly person?: PersonId;
  readonly clientId: ClientId;
  readonly server: ServerId;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly revokedAt?: number;
  readonly lastUsedAt?: number;
}

/** A grant with the agent's name, for "my agents". */
export interface GrantSummary extends GrantRecord {
  readonly clientName: string;
}

export type ReceiptActor = ReceiptDraft['actor'];

/** Which grants end: one, all of a client for a person, all of a person, of a client, at a server, or every one. */
export type GrantSelection =
  | { readonly grant: GrantId; readonly person?: PersonId }
  | { readonly person: PersonId; readonly clientId?: ClientId }
  | { readonly clientId: ClientId }
  | { readonly server: ServerId }
  | { readonly all: true };

/** Why a grant ended; part of its receipt. */
export type RevocationReason =
  | 'person'
  | 'admin'
  | 'client'
  | 'code_replay'
  | 'refresh_token_reuse'
  | 'person_inactive'
  | 'server_removed'
  | 'log_reopened';

/** What lives of one client, over everybody who let it in. */
export interface ClientGrants {
  readonly clientId: ClientId;
  readonly live: number;
  /** When a token was last given under one of them. */
  readonly lastUsedAt?: number;
}

export interface Grants {
  /** Live grants of a person, newest first. */
  listForPerson(tenant: TenantId, person: PersonId): Promise<readonly GrantSummary[]>;
  /** Live grants of a client, newest first, as many as a page holds. */
  listForClient(tenant: TenantId, client: ClientId): Promise<readonly GrantRecord[]>;
  /** Of every client that has live grants. */
  countByClient(tenant: TenantId): Promise<readonly ClientGrants[]>;
  /** Ends them in one transaction with their receipts; every replica refuses their tokens within a second. How many ended. */
  revoke(
    tenant: TenantId,
    selection: GrantSelection,
    why: { readonly reason: RevocationReason; readonly actor: ReceiptActor },
  ): Promise<number>;
  /** The same inside a change of another module. */
  revokeIn(
    tx: TenantTransaction,
    tenant: TenantId,
    selection: GrantSelection,
    why: { readonly reason: RevocationReason; readonly actor: ReceiptActor },
  ): Promise<number>;
}

export type AccessTokenCallback = (result: Result<Principal, AccessTokenRefusal>) => void;

/** The authorization server of every tenant, and the check of the tokens it issued. */
export interface Oauth {
  /** Makes a new tenant's access-token key, receipted before its first use. Happens by itself when first needed. */
  openTenant(tenant: TenantRecord): Promise<void>;
  /** A new access-token key takes over; tokens of the old one stay good for their 10 minutes. */
  rotateSigningKey(tenant: TenantRecord): Promise<void>;

  /** Everything below `<canonical>/oauth/`. Never throws: what fails inside is a 5xx without detail. */
  handle(request: Request, tenant: TenantRecord, context: RequestContext): Promise<Response>;
  /** RFC 8414, the same document for `openid-configuration`. */
  metadata(tenant: TenantRecord): JsonObject;
  /** Only keys whose receipt a checkpoint covers. */
  jwks(tenant: TenantRecord): Promise<JsonObject>;
  /** RFC 9728; undefined when the tenant has no such server. */
  protectedResourceMetadata(tenant: TenantRecord, server: ServerId): Promise<JsonObject | undefined>;
  /** The value of `WWW-Authenticate` for a 401 or 403 at a server's MCP URL. Without a refusal: no token was sent. */
  challenge(tenant: TenantRecord, server: ServerId, refusal?: AccessTokenRefusal): string;

  /** What the consent page shows for an authorization request under way in this browser. */
  interaction(
    tenant: TenantRecord,
    uid: string,
    visit: ConsentVisit,
  ): Promise<Result<ConsentRequest, InteractionProblem>>;
  /** Takes the answer (CSRF was checked by the caller); the browser goes on to `redirectTo`. */
  decide(
    tenant: TenantRecord,
    uid: string,
    decision: ConsentDecision,
    visit: ConsentVisit,
  ): Promise<Result<{ readonly redirectTo: string }, InteractionProblem>>;

  /**
   * Whose token this is, if it is good for exactly this server now. Calls back before it returns when the answer
   * is cached and revocations are confirmed; exactly once in any case.
   */
  checkAccessToken(tenant: TenantRecord, server: ServerId, raw: string, done: AccessTokenCallback): void;
  readonly grants: Grants;

  settings(tenant: TenantId): Promise<OauthSettings>;
  /** As a transaction under way sees them, past the cache. */
  settingsIn(client: TenantClient): Promise<OauthSettings>;
  /** In the caller's transaction; stages an `admin` receipt. False when they are so already: then nothing is written. */
  saveSettings(
    tx: TenantTransaction,
    tenant: TenantId,
    settings: Partial<OauthSettings>,
    actor: ReceiptActor,
  ): Promise<boolean>;
  /** Deletes what has expired. */
  sweep(tenant: TenantId): Promise<void>;
  close(): void;
}
