import type { Json, JsonObject, Result, ServerId, TenantSlug } from '#lib/core';
import type { Config } from '#lib/config';
import type { Database } from '#lib/db';
import type { Gateway } from '#lib/gateway';
import type { Identity, ProviderCandidate, TenantRecord } from '#lib/identity';
import type { Oauth } from '#lib/oauth';
import type { Policy, PolicySetVersion, SchemaProblem } from '#lib/policy';
import type { ReceiptActor, Receipts } from '#lib/receipts';
import type { PinReport, Registry, SaveReport, ServerDraft } from '#lib/registry';
import type { ResourceKind, ResourceName, ResourceProblem, Resources } from './resource-types.ts';

/** A tenant's file, and how it came here. */
export interface TenantFile {
  /** Bytes as they are on disk, or text. */
  readonly content: string | Uint8Array;
  /** Absolute path; policies in files of their own are read below its folder. */
  readonly path: string;
  /** Only the operator's own command resolves `env:` and `file:`; in what comes over HTTP they are refused. */
  readonly origin: 'operator' | 'http';
  /** Named in every receipt of this application. */
  readonly actor: ReceiptActor;
}

/** One thing wrong with a file. */
export interface ManifestProblem {
  /** Where in the document: `servers[1].url`. */
  readonly at: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** The file that line and column are of, when it is not the tenant file itself. */
  readonly file?: string;
  readonly message: string;
}

/** One member that a file changes; a secret is never shown, only that it is another one. */
export interface MemberChange {
  /** As in the resource's body: `credential.user`. */
  readonly at: string;
  readonly from?: Json;
  readonly to?: Json;
}

/** What a file does to one resource. */
export interface ResourceChange extends ResourceName {
  /** `taken-over`: the console's until now. `released`: the file's until now, and the console's from here on. */
  readonly change: 'created' | 'changed' | 'removed' | 'taken-over' | 'released';
  readonly members: readonly MemberChange[];
  /** Of a server: pins that come, change and go, as `<kind> <name>`. */
  readonly pins?: Pick<PinReport, 'added' | 'changed' | 'removed'>;
}

export interface AppliedServer {
  readonly id: ServerId;
  readonly url: string;
  /** What agents connect to. */
  readonly mcpUrl: string;
  readonly change: SaveReport['change'];
  /** Absent: the server could not be read, and keeps what was pinned before. */
  readonly pins?: PinReport;
}

/** What an application did. */
export interface Applied {
  readonly tenant: TenantRecord;
  readonly created: boolean;
  /** True: this is what would happen; nothing has. */
  readonly dryRun: boolean;
  /** The difference, resource by resource; empty when the file is in force as it is. */
  readonly changes: readonly ResourceChange[];
  /** Hex SHA-256 of the file's text. */
  readonly sha256: string;
  readonly identityProvider: 'changed' | 'unchanged' | 'none';
  readonly servers: readonly AppliedServer[];
  readonly agents: readonly { readonly clientId: string; readonly change: 'saved' | 'unchanged' }[];
  readonly removedServers: readonly string[];
  readonly removedAgents: readonly string[];
  readonly policySet: PolicySetVersion;
  /** Tools that no call can reach, because their schema can't be checked in bounded time. */
  readonly unusable: readonly SchemaProblem[];
  /** What the operator should know and may leave. */
  readonly warnings: readonly string[];
}

export interface ApplyOptions {
  /** Finds out everything and changes nothing, not even a tenant that is not there yet. */
  readonly dryRun?: boolean;
}

/** A tenant's configuration as a file. */
export interface ExportedFile {
  readonly text: string;
  /** Policies in files of their own, by name, where they were asked for. */
  readonly policies: ReadonlyMap<string, string>;
}

export interface ExportOptions {
  /** Folder of the policies, relative to the file; absent: they stand in the file. */
  readonly policiesDir?: string;
}

export interface Manifest extends Resources {
  /**
   * Checks the file whole, then applies it in one transaction. What must exist before a server can be asked (the
   * tenant, its keys and its log) is made first. A second application of the same file changes nothing.
   */
  apply(file: TenantFile, options?: ApplyOptions): Promise<Result<Applied, readonly ManifestProblem[]>>;
  /** A file's bytes, as far as one may be long. */
  readFile(path: string): Promise<Uint8Array>;
  /** The same format back, whoever owns what. Secrets as references that have to be provided. */
  export(tenant: TenantRecord, options?: ExportOptions): Promise<ExportedFile>;
  /** JSON Schemas (2020-12) of the resources' bodies, by kind, as they are sent. */
  bodySchemas(): Readonly<Record<ResourceKind, JsonObject>>;
  /** A provider's body as settings that can be tried out; nothing is saved. */
  readProviderDraft(tenant: TenantRecord, body: unknown): Promise<Result<ProviderCandidate, ResourceProblem>>;
  /** For a terminal. */
  describe(applied: Applied): string;
  /** `<file>:<line>:<column> <where>: <what>`. */
  describeProblem(problem: ManifestProblem, file: string): string;
}

export interface ManifestDeps {
  readonly database: Database;
  readonly config: Pick<Config, 'secretsDir' | 'environment' | 'tenantUrl'>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly addresses: {
    canonicalUrl(slug: TenantSlug): string;
    resourceUrl(slug: TenantSlug, server: ServerId): string;
  };
  readonly identity: Pick<Identity, 'tenants' | 'providers' | 'agents' | 'people' | 'sso'>;
  readonly oauth: Pick<Oauth, 'openTenant' | 'saveSettings' | 'settingsIn' | 'grants'>;
  readonly minting: {
    warm(tenant: TenantRecord): Promise<void>;
    /** What speaks against a server of this tenant, as far as credentials, addresses and programs go. */
    registrationProblems(
      tenant: TenantSlug,
      server: Pick<ServerDraft, 'url' | 'credential'>,
    ): readonly string[];
  };
  readonly registry: Registry;
  readonly policy: Policy;
  readonly receipts: Pick<Receipts, 'stage' | 'flush'>;
  /** Reads a server as Countersign itself. */
  readonly gateway: Pick<Gateway, 'readDefinitions'>;
}
