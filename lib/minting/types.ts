import type { Clock, JsonObject, Principal, Result, TenantId } from '#lib/core';
import type { Database } from '#lib/db';
import type { Addresses } from '#lib/edge';
import type { TenantRecord } from '#lib/identity';
import type { Keys } from '#lib/keys';
import type { Receipts } from '#lib/receipts';
import type { CredentialKind, PinnedServer, ServerDraft } from '#lib/registry';

/** A credential for one outgoing request. It has no string form: the one thing it can do is be written into headers. */
export interface UpstreamCredential {
  readonly kind: CredentialKind;
  /** What a receipt may name of it; never the credential. */
  readonly reference?: string;
  /** Appends name and value to a flat list of headers. */
  writeTo(headers: string[]): void;
}

export interface CredentialProblem {
  readonly kind: 'no-credential' | 'unsupported' | 'not-ready';
  /** For the agent and the admin behind it. */
  readonly message: string;
}

/** The request that a credential is for. */
export interface CredentialRequest {
  readonly principal: Principal;
  readonly server: PinnedServer;
  readonly method: string;
  readonly tool?: string;
  readonly uri?: string;
  readonly prompt?: string;
  /** The value in the receipt: hex SHA-256 of the RFC 8785 text of the arguments as forwarded. */
  readonly argsSha256?: string;
  /** Of a call the id of its attempt (waived: of its outcome); otherwise random. */
  readonly jti: string;
  /** `listing` is no act: such a token names none, says so, and claims no place in the log. */
  readonly purpose: 'call' | 'listing';
  /** `ahead`: it is written into its request a moment from now, and signed on another thread until then. */
  readonly when?: 'now' | 'ahead';
}

/** What must be known about the tenant to mint for it. */
export type MintTenant = Pick<TenantRecord, 'id' | 'slug'>;

/** Countersign itself reads a server's definitions: there is no principal. */
export interface ProbeRequest {
  readonly tenant: MintTenant;
  readonly server: PinnedServer;
  readonly method: string;
  readonly jti: string;
}

export interface MintingDeps {
  readonly database: Database;
  readonly keys: Keys;
  readonly receipts: Receipts;
  readonly addresses: Addresses;
  readonly clock: Clock;
}

export interface Minting {
  /** False: `warm` has to be awaited before `credentialFor`. True holds long enough for the call that asked. */
  isWarm(tenant: TenantId): boolean;
  /** Makes what minting for this tenant needs (its key, announced in the log) and loads it. Cheap when nothing is missing. */
  warm(tenant: MintTenant): Promise<void>;
  /** The credential of one request, without waiting once warm. */
  credentialFor(request: CredentialRequest): Result<UpstreamCredential, CredentialProblem>;
  /** The same when Countersign reads definitions for itself; warms. */
  probeCredential(request: ProbeRequest): Promise<Result<UpstreamCredential, CredentialProblem>>;
  /** What speaks against registering a server: kinds that don't exist yet, an audience that is ours. */
  registrationProblems(server: Pick<ServerDraft, 'url' | 'credential'>): readonly string[];
  rotate(tenant: MintTenant): Promise<void>;
  /** Key set at `<canonical>/mint/jwks`. */
  jwks(tenant: MintTenant): Promise<JsonObject>;
  /** Metadata document of the issuer `<canonical>/mint` (RFC 8414). */
  metadata(tenant: MintTenant): JsonObject;
}
