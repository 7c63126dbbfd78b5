import type { ClientId, JsonObject, PersonId, Result, TenantId } from '#lib/core';
import type { TenantClient, TenantTransaction } from '#lib/db';
import type { IdentityProblem } from './errors.ts';
import type { Actor, TenantRecord } from './tenant-types.ts';

/** `file`: an admin names it, in the tenant's file or in the console. `dynamic`: it registered itself. */
export type AgentOrigin = 'file' | 'dynamic';
/** `listed` by an admin, `admitted` by an admin, `open` where everyone may come; the others may not act. */
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
  /** The person answerable for an agent without users; must have signed in once. */
  readonly owner?: PersonId;
}

export interface Agents {
  /**
   * Named by an admin, in the caller's transaction: admission `listed`, no expiry; stages an `admin` receipt. False when
   * all of it is so already: then nothing is written.
   */
  saveListed(tx: TenantTransaction, tenant: TenantRecord, draft: AgentDraft, actor: Actor): Promise<boolean>;
  /** What is named no longer, in the caller's transaction: ends its grants. */
  removeListed(
    tx: TenantTransaction,
    tenant: TenantRecord,
    clientId: ClientId,
    actor: Actor,
  ): Promise<boolean>;
  /** The same of one that registered itself. */
  removeRegistered(
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
  ): Promise<Result<AgentRecord, IdentityProblem>>;
  load(tenant: TenantId, clientId: ClientId): Promise<AgentRecord | undefined>;
  cached(tenant: TenantId, clientId: ClientId): AgentRecord | undefined;
  list(tenant: TenantRecord): Promise<readonly AgentRecord[]>;
  /** As a transaction under way sees it; also one that has expired. */
  loadIn(client: TenantClient, clientId: ClientId): Promise<AgentRecord | undefined>;
  /** Those that an admin names, by client id, as a transaction under way sees them. */
  listedIn(client: TenantClient): Promise<readonly AgentRecord[]>;
  admit(
    tenant: TenantRecord,
    clientId: ClientId,
    admission: 'admitted' | 'refused',
    actor: Actor,
  ): Promise<Result<AgentRecord, IdentityProblem>>;
  /** The same in a transaction under way. */
  admitIn(
    tx: TenantTransaction,
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
