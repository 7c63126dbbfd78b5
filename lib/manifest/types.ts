import type { Clock, Result, ServerId, TenantSlug } from '#lib/core';
import type { Config } from '#lib/config';
import type { Database } from '#lib/db';
import type { Gateway } from '#lib/gateway';
import type { Identity, TenantRecord } from '#lib/identity';
import type { Oauth } from '#lib/oauth';
import type { Policy, PolicySetVersion, SchemaProblem } from '#lib/policy';
import type { ReceiptActor, Receipts } from '#lib/receipts';
import type { PinReport, Registry, SaveReport, ServerDraft } from '#lib/registry';
import type { Vault } from '#lib/vault';

/** A tenant's file, and how it came here. */
export interface TenantFile {
  readonly text: string;
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

export interface Manifest {
  /**
   * Checks the file whole, then applies it in one transaction. What must exist before a server can be asked (the
   * tenant, its keys and its log) is made first. A second application of the same file changes nothing.
   */
  apply(file: TenantFile): Promise<Result<Applied, readonly ManifestProblem[]>>;
  /** For a terminal. */
  describe(applied: Applied): string;
  /** `<file>:<line>:<column> <where>: <what>`. */
  describeProblem(problem: ManifestProblem, file: string): string;
}

export interface ManifestDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly config: Pick<Config, 'secretsDir' | 'environment' | 'tenantUrl'>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly addresses: { resourceUrl(slug: TenantSlug, server: ServerId): string };
  readonly identity: Pick<Identity, 'tenants' | 'providers' | 'agents' | 'people'>;
  readonly oauth: Pick<Oauth, 'openTenant' | 'saveSettings' | 'settings' | 'grants'>;
  readonly minting: {
    warm(tenant: TenantRecord): Promise<void>;
    registrationProblems(server: Pick<ServerDraft, 'url' | 'credential'>): readonly string[];
  };
  readonly registry: Registry;
  readonly policy: Policy;
  readonly vault: Pick<Vault, 'withSecret'>;
  readonly receipts: Pick<Receipts, 'stage' | 'flush'>;
  /** Reads a server as Countersign itself. */
  readonly gateway: Pick<Gateway, 'readDefinitions'>;
}
