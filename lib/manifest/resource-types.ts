import type { JsonObject, Result, ServerId } from '#lib/core';
import type { ProviderHosts, TenantRecord } from '#lib/identity';
import type { DefinitionKind, PinReport, ServerState, SkippedDefinition } from '#lib/registry';
import type { PolicySetVersion, SchemaProblem } from '#lib/policy';
import type { ReceiptActor } from '#lib/receipts';

export type ResourceKind = 'settings' | 'identity_provider' | 'server' | 'policy' | 'agent';

/** Names one resource. `settings` and `identity_provider` are one each, without an id. */
export interface ResourceName {
  readonly kind: ResourceKind;
  /** Of a server its id, of a policy its id, of an agent its client id. */
  readonly id?: string;
}

/** `file`: the tenant's last applied file names it, so that only a file changes it. */
export type ResourceOwner = 'file' | 'console';

/** A part of a tenant's configuration, in the words of the tenant file. Never a secret: `has_secret` says there is one. */
export interface Resource extends ResourceName {
  readonly body: JsonObject;
  readonly owner: ResourceOwner;
  /** A strong entity tag with its quotes, as it stands in an `ETag` header. Changes with body and owner. */
  readonly etag: string;
  /** Of a server: nothing of an `unpinned` one can be called. */
  readonly state?: ServerState;
  /** Of the identity provider: where its endpoints may be, and where its discovery document puts them now in vain. */
  readonly hosts?: ProviderHosts;
}

/** One thing wrong with what was sent, or one reason why it can't be. */
export interface ResourceFault {
  /** Where in the body: `credential.user`, `allow_methods[0]`; empty for the whole. */
  readonly at: string;
  /** Inside a policy's text, from 1. */
  readonly line?: number;
  readonly column?: number;
  /** The policy that stands against it, where one does. */
  readonly policy?: string;
  readonly message: string;
}

/** Why nothing was changed. `message` is for people; `faults` has the parts, where there are any. */
export interface ResourceProblem {
  readonly kind: ResourceProblemKind;
  readonly message: string;
  readonly faults: readonly ResourceFault[];
}

/**
 * `invalid`: the body does not fit. `owned-by-file`: only the tenant's file changes it. `stale`: somebody changed it
 * since it was read (or the server shows something else than was seen). `missing`: there is none. `exists`: there is one
 * already. `refused`: it fits, and would break something that `faults` names. `unreadable`: the server could not be read.
 */
export type ResourceProblemKind =
  'invalid' | 'owned-by-file' | 'stale' | 'missing' | 'exists' | 'refused' | 'unreadable';

/** Under which condition something is changed, and by whom. */
export interface ChangeCondition {
  /** An `If-Match` header as it came: tags with commas between, or `*`. */
  readonly ifMatch?: string;
  /** Named in the receipt. */
  readonly actor: ReceiptActor;
}

export interface PutCondition extends ChangeCondition {
  /** An `If-None-Match` header: only `*` means something here, that there is none yet. */
  readonly ifNoneMatch?: string;
}

export interface PutReport {
  /** `unchanged`: nothing was written, nothing receipted. */
  readonly change: 'created' | 'updated' | 'unchanged';
  readonly resource: Resource;
  /** Of an agent that needs one and had none: made here, shown this once. */
  readonly secret?: string;
  /** What the admin should know and may leave. */
  readonly warnings: readonly string[];
}

/** How a definition that a server shows now stands to what is pinned of it. */
export interface ProbedDefinition {
  readonly kind: DefinitionKind;
  readonly name: string;
  /** As it would be pinned. */
  readonly sha256: string;
  readonly definition: JsonObject;
  readonly status: 'new' | 'same' | 'changed';
  /** What is pinned now, of a changed one. */
  readonly pinned?: { readonly sha256: string; readonly definition: JsonObject };
}

/** What a server shows, read as Countersign itself; nothing was changed by it. */
export interface Probe {
  readonly serverInfo: JsonObject;
  readonly protocolVersion: string;
  readonly capabilities: JsonObject;
  /** Hash of everything that could be pinned: an approval names it, so that what was seen is what is pinned. */
  readonly listingSha256: string;
  readonly definitions: readonly ProbedDefinition[];
  /** Pinned, and not shown now. */
  readonly gone: readonly DefinitionName[];
  readonly skipped: readonly SkippedDefinition[];
  /** Tools that nobody could call once pinned, because their schema can't be checked in bounded time. */
  readonly unusable: readonly SchemaProblem[];
}

export interface DefinitionName {
  readonly kind: DefinitionKind;
  readonly name: string;
}

export interface Approval {
  /** Of the probe that the admin looked at. */
  readonly listingSha256: string;
  /**
   * Absent: all that it shows is pinned, and nothing else. Given: these are pinned as shown; the others stay as they are
   * (pinned ones pinned, a changed one denied, a new one out).
   */
  readonly definitions?: readonly DefinitionName[];
  /** Pins to take back. */
  readonly withdraw?: readonly DefinitionName[];
  readonly actor: ReceiptActor;
}

/** A tenant's configuration as resources. Every change is one transaction with its receipts, or nothing. */
export interface Resources {
  list(tenant: TenantRecord, kind: ResourceKind): Promise<readonly Resource[]>;
  load(tenant: TenantRecord, name: ResourceName): Promise<Resource | undefined>;
  /** Creates it or brings it to this body. Again with the same body it changes nothing. */
  put(
    tenant: TenantRecord,
    name: ResourceName,
    body: unknown,
    condition: PutCondition,
  ): Promise<Outcome<PutReport>>;
  /** Ends what today's removal ends: an agent's grants, a server's. */
  remove(tenant: TenantRecord, name: ResourceName, condition: ChangeCondition): Promise<Outcome<void>>;
  /**
   * Brings an earlier version of the policies back. What a file owns in it has to be as it is today, else
   * `owned-by-file`. `ifMatch` is the hash of the set in force, in quotes.
   */
  activatePolicies(
    tenant: TenantRecord,
    version: number,
    condition: ChangeCondition,
  ): Promise<Outcome<PolicySetVersion>>;
  /** Reads a server that is registered or only described: `body` is a server's, with its id. */
  probe(tenant: TenantRecord, body: unknown): Promise<Outcome<Probe>>;
  /** The same of a server that is there, at the address that was saved. */
  probeRegistered(tenant: TenantRecord, server: ServerId): Promise<Outcome<Probe>>;
  /** Reads it again and pins what the admin saw; refuses when it shows something else by now. Works for every server. */
  approve(tenant: TenantRecord, server: ServerId, approval: Approval): Promise<Outcome<PinReport>>;
  /** A new secret of a listed agent that authenticates with one; the old one is void at once. */
  rotateAgentSecret(
    tenant: TenantRecord,
    clientId: string,
    actor: ReceiptActor,
  ): Promise<Outcome<{ readonly secret: string }>>;
  /** Lets an agent that registered itself in, or keeps it out. One that is listed needs no admission. */
  admitAgent(
    tenant: TenantRecord,
    clientId: string,
    admission: 'admitted' | 'refused',
    actor: ReceiptActor,
  ): Promise<Outcome<void>>;
  /** Forgets an agent that registered itself, and ends every grant of it. One that is listed is a resource: `remove`. */
  removeRegisteredAgent(tenant: TenantRecord, clientId: string, actor: ReceiptActor): Promise<Outcome<void>>;
}

export type Outcome<Value> = Result<Value, ResourceProblem>;
