import type {
  Agent,
  ClientId,
  Clock,
  Json,
  JsonObject,
  Person,
  PersonId,
  Result,
  Role,
  SubjectReference,
  TenantId,
  TenantSlug,
} from '#lib/core';
import type { Database, TenantTransaction } from '#lib/db';
import type { Addresses } from '#lib/edge';
import type { Keys } from '#lib/keys';
import type { Egress } from '#lib/net';
import type { ReceiptDraft, Receipts } from '#lib/receipts';
import type { Telemetry } from '#lib/telemetry';
import type { SecretId, Vault } from '#lib/vault';
import type { IdentityProblem, SsoProblem } from './errors.ts';

export interface IdentityDeps {
  readonly database: Database;
  readonly keys: Keys;
  readonly vault: Vault;
  readonly receipts: Receipts;
  readonly addresses: Addresses;
  readonly egress: Egress;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** The ledger of erased persons: a file outside the database, so that a restored backup can be erased again. */
  readonly erasureLedgerFile: string;
  /** How long backups are kept: an erasure says from when it holds for them, too. */
  readonly backupRetentionDays: number;
}

/** Who a receipt names as the one who acted. */
export type Actor = ReceiptDraft['actor'];

// ------------------------------------------------------------------ tenants

export type TenantState = 'creating' | 'active' | 'suspended' | 'shredding';

export interface TenantRecord {
  readonly id: TenantId;
  readonly slug: TenantSlug;
  /** The canonical URL at creation: the receipts' `iss`, never changed. */
  readonly issuer: string;
  readonly canonicalUrl: string;
  readonly displayName: string;
  readonly state: TenantState;
  /** Shows the mark on every page. */
  readonly demo: boolean;
}

export interface TenantDraft {
  readonly slug: TenantSlug;
  readonly displayName: string;
  readonly demo: boolean;
}

export interface Tenants {
  /**
   * Makes a tenant with its keys and its open log, or finishes one whose making was interrupted; an existing one is
   * returned as it is. Its creation is a receipt in the tenant's own log.
   */
  create(draft: TenantDraft, actor: Actor): Promise<TenantRecord>;
  /** The instance's own tenant `_instance`: receipts that concern no tenant. Made at first use. Has no address. */
  instance(): Promise<TenantRecord>;
  /** Never the instance's own tenant. Cached, bounded. */
  bySlug(slug: TenantSlug): Promise<TenantRecord | undefined>;
  /** The cache's answer: `undefined` is "not known here", `null` is "there is none". */
  cachedBySlug(slug: TenantSlug): TenantRecord | null | undefined;
  byId(id: TenantId): Promise<TenantRecord | undefined>;
  /** Without the instance's own. */
  list(): Promise<readonly TenantRecord[]>;
  rename(tenant: TenantRecord, displayName: string, actor: Actor): Promise<TenantRecord>;
  /**
   * Brings every tenant's canonical URL in line with the configuration's template, with a receipt per change.
   * Issuers of receipts stay as they were.
   */
  readdress(actor: Actor): Promise<readonly TenantRecord[]>;
}

// ------------------------------------------------------------------ single sign-on

/** What the tenant's file says about its OpenID Provider. */
export interface IdentityProviderSettings {
  readonly issuer: string;
  readonly clientId: string;
  /** How the client authenticates at the token endpoint. `none`: a public client, PKCE alone. */
  readonly clientAuthentication: 'client_secret_basic' | 'client_secret_post' | 'none';
  /** Besides `openid`. */
  readonly scopes: readonly string[];
  /** Name of the claim that lists the groups. */
  readonly groupsClaim: string;
  /** What no groups claim at all means. An overage or a malformed claim always refuses. */
  readonly missingGroups: 'refuse' | 'none';
  /** Claims that the ID token lacks are taken from the userinfo endpoint. */
  readonly userinfo: boolean;
  /** Group to roles; `*` is everybody whom the provider lets in. */
  readonly roleMapping: Readonly<Record<string, readonly Role[]>>;
}

export interface IdentityProviderRecord extends IdentityProviderSettings {
  readonly clientSecretId?: SecretId;
}

export interface IdentityProviders {
  /** In the caller's transaction; stages an `admin` receipt. The secret goes into the vault; absent keeps the stored one. */
  save(
    tx: TenantTransaction,
    tenant: TenantRecord,
    settings: IdentityProviderSettings,
    clientSecret: string | undefined,
    actor: Actor,
  ): Promise<void>;
  load(tenant: TenantRecord): Promise<IdentityProviderRecord | undefined>;
}

/** Looks a cookie of the request up by its full name. */
export type ReadCookie = (name: string) => string | undefined;

export interface BeginSignIn {
  /** Path below the canonical URL to return to; anything else is replaced by `/`. */
  readonly returnTo: string | undefined;
  /** `login` makes the provider ask again, as step-up. */
  readonly prompt?: 'login' | 'select_account';
}

export interface SignInStarted {
  readonly redirectTo: string;
  /** Set-Cookie lines: binds the attempt to this browser. */
  readonly setCookies: readonly string[];
}

export interface CompleteSignIn {
  /** Query parameters of the callback, as they came. */
  readonly parameters: URLSearchParams;
  readonly readCookie: ReadCookie;
  readonly ip?: string;
}

export interface SignInCompleted {
  readonly person: Person;
  readonly session: BrowserSession;
  /** Absolute URL below the tenant's canonical URL. */
  readonly returnTo: string;
  readonly setCookies: readonly string[];
}

export interface SingleSignOn {
  begin(tenant: TenantRecord, request: BeginSignIn): Promise<Result<SignInStarted, SsoProblem>>;
  /** Consumes the attempt whatever comes of it; every outcome that names a person or an attempt of ours is receipted or counted. */
  complete(tenant: TenantRecord, request: CompleteSignIn): Promise<Result<SignInCompleted, SsoProblem>>;
  /** Whether discovery at the provider works now; for readiness pages and `doctor`. */
  check(tenant: TenantRecord): Promise<Result<{ readonly issuer: string }, SsoProblem>>;
}

// ------------------------------------------------------------------ browser sessions

export interface BrowserSession {
  /** Hex SHA-256 of the cookie's value: safe to store and to compare, useless as a cookie. */
  readonly id: string;
  readonly tenant: TenantId;
  readonly person: Person;
  /** Changes with the person's claims, groups and state. */
  readonly personVersion: number;
  readonly createdAt: number;
  /** Absolute end, whatever the activity. */
  readonly expiresAt: number;
}

export interface Sessions {
  /** The live session of this tenant behind the request's cookie. Also records that it was seen. */
  verify(tenant: TenantRecord, readCookie: ReadCookie): Promise<BrowserSession | undefined>;
  /** A fresh token for a page's forms; differs each time, so that compression tells nothing. */
  createCsrfToken(session: BrowserSession): string;
  verifyCsrfToken(session: BrowserSession, token: string): boolean;
  /** Ends it, with a `sign_in` receipt that says so. `redirectTo` is the provider's own sign-out where it has one, else the canonical URL. */
  signOut(
    tenant: TenantRecord,
    session: BrowserSession,
    ip?: string,
  ): Promise<{ readonly redirectTo: string; readonly setCookies: readonly string[] }>;
  /** Ends every session of a person (an admin act). Returns how many. */
  endAll(tenant: TenantRecord, person: PersonId, actor: Actor): Promise<number>;
  /** Deletes what has ended. */
  sweep(tenant: TenantRecord): Promise<void>;
}

// ------------------------------------------------------------------ people

export type PersonState = 'active' | 'disabled' | 'erased';

export interface PersonRecord {
  readonly person: Person;
  readonly version: number;
  readonly state: 'active' | 'disabled';
  readonly lastSignInAt?: number;
}

export interface ErasedPerson {
  readonly reference: SubjectReference;
  readonly at: number;
  /** From when the erasure also holds for every backup. */
  readonly backupsUntil: number;
}

/** How an operator names a person. */
export type PersonSelector =
  | { readonly email: string }
  | { readonly reference: SubjectReference }
  | { readonly issuer: string; readonly subject: string };

export interface People {
  /** Undefined when there is none or it was erased. Cached, dropped by every change on any replica. */
  load(tenant: TenantId, person: PersonId): Promise<PersonRecord | undefined>;
  /** The cache's answer, for the call path. */
  cached(tenant: TenantId, person: PersonId): PersonRecord | undefined;
  /** Past the cache: what a refresh of a grant is checked against. */
  loadFresh(tenant: TenantId, person: PersonId): Promise<PersonRecord | undefined>;
  find(tenant: TenantRecord, selector: PersonSelector): Promise<PersonRecord | undefined>;
  list(
    tenant: TenantRecord,
    page: { readonly limit: number; readonly after?: PersonId },
  ): Promise<readonly PersonRecord[]>;
  /** Ends sessions and grants, and refuses the next sign-in; reversible. */
  setDisabled(
    tenant: TenantRecord,
    person: PersonId,
    disabled: boolean,
    actor: Actor,
  ): Promise<Result<void, IdentityProblem>>;
  /** Destroys the person's key and the mapping, ends sessions and grants, leaves an `erasure` receipt and a line in the ledger. */
  erase(
    tenant: TenantRecord,
    selector: PersonSelector,
    actor: Actor,
  ): Promise<Result<ErasedPerson, IdentityProblem>>;
  /** Erases again whom the ledger names, after a restore. Returns how many were found alive. */
  applyErasureLedger(tenant: TenantRecord, actor: Actor): Promise<number>;
}

// ------------------------------------------------------------------ agents

export type AgentOrigin = 'file' | 'dynamic';
/** `listed` by the tenant's file, `admitted` by an admin, `open` where everyone may come; the others may not act. */
export type AgentAdmission = 'listed' | 'admitted' | 'open' | 'pending' | 'refused';

/** OAuth client metadata as RFC 7591 names it, of the members we keep. No secret. */
export type ClientMetadata = JsonObject;

export interface AgentRecord {
  readonly clientId: ClientId;
  /** Self-asserted when dynamically registered: for display only. */
  readonly name: string;
  readonly origin: AgentOrigin;
  readonly admission: AgentAdmission;
  readonly owner?: PersonId;
  readonly metadata: ClientMetadata;
  readonly hasSecret: boolean;
  /** Changes with everything above. */
  readonly version: number;
  readonly createdAt: number;
  /** An unused dynamic client ends here. */
  readonly expiresAt?: number;
}

export interface AgentDraft {
  readonly clientId: ClientId;
  readonly name: string;
  readonly metadata: ClientMetadata;
  /** High-entropy secret; only its SHA-256 is kept. Absent keeps what is stored, null removes it. */
  readonly secret?: string | null;
  /** Verified email of the person answerable for an agent without users; must have signed in once. */
  readonly owner?: PersonId;
}

export interface Agents {
  /** From the tenant's file, in the caller's transaction: admission `listed`, no expiry; stages an `admin` receipt. */
  saveListed(tx: TenantTransaction, tenant: TenantRecord, draft: AgentDraft, actor: Actor): Promise<void>;
  /** What is no longer in the file, in the caller's transaction: ends its grants. */
  removeListed(
    tx: TenantTransaction,
    tenant: TenantRecord,
    clientId: ClientId,
    actor: Actor,
  ): Promise<boolean>;
  /** Dynamic registration (RFC 7591): `open` where the tenant says so, else `pending`; expires unused. Bounded per tenant. */
  register(
    tenant: TenantRecord,
    draft: AgentDraft,
    admission: 'open' | 'pending',
    ip?: string,
  ): Promise<Result<AgentRecord, IdentityProblem>>;
  load(tenant: TenantId, clientId: ClientId): Promise<AgentRecord | undefined>;
  cached(tenant: TenantId, clientId: ClientId): AgentRecord | undefined;
  list(tenant: TenantRecord): Promise<readonly AgentRecord[]>;
  admit(
    tenant: TenantRecord,
    clientId: ClientId,
    admission: 'admitted' | 'refused',
    actor: Actor,
  ): Promise<Result<AgentRecord, IdentityProblem>>;
  setOwner(
    tenant: TenantRecord,
    clientId: ClientId,
    owner: PersonId | undefined,
    actor: Actor,
  ): Promise<Result<AgentRecord, IdentityProblem>>;
  /** In constant time. */
  verifySecret(tenant: TenantId, clientId: ClientId, secret: string): Promise<boolean>;
  /** It got its first grant: it no longer expires. */
  keep(tenant: TenantId, clientId: ClientId): Promise<void>;
  /** Deletes dynamic clients that expired unused. */
  sweep(tenant: TenantRecord): Promise<number>;
}

/** The agent as a principal carries it; undefined when it may not act. */
export type ActingAgent = (record: AgentRecord) => Agent | undefined;

export interface Identity {
  readonly tenants: Tenants;
  readonly providers: IdentityProviders;
  readonly sso: SingleSignOn;
  readonly sessions: Sessions;
  readonly people: People;
  readonly agents: Agents;
  /** Listens for other replicas' changes; resolves when it does. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Claims about a person as they are sealed; `groups` after the rules of the groups claim. */
export interface PersonClaims {
  readonly issuer: string;
  readonly subject: string;
  readonly email?: string;
  readonly name?: string;
  readonly groups: readonly string[];
  readonly roles: readonly Role[];
}

export type { Json };
