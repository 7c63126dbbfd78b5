import type { JsonObject, ServerId, TenantId } from '#lib/core';
import type { TenantClient, TenantTransaction } from '#lib/db';
import type { ReceiptDraft } from '#lib/receipts';

/** What goes out to an upstream (DESIGN: `minted`, `none` now; the other kinds follow). */
export type CredentialKind =
  'minted' | 'none' | 'oauth_user' | 'oauth_client' | 'token_exchange' | 'user_secret' | 'static';

export type DefinitionKind = 'tool' | 'prompt' | 'resource' | 'template';

/** Which credential a server gets in each mode; a mode that is absent is not served. */
export interface ServerCredentials {
  readonly user?: CredentialKind;
  readonly agent?: CredentialKind;
}

/** A server as an admin registers it. */
export interface ServerDraft {
  readonly id: ServerId;
  readonly title: string;
  /** Absolute URL of its MCP endpoint; the audience of minted tokens. */
  readonly url: string;
  readonly credential: ServerCredentials;
  /** Minted tokens may carry the person's email. */
  readonly emailAllowed: boolean;
  /** Methods outside the negotiated revision that may pass, each with a policy decision of its own. */
  readonly allowMethods: readonly string[];
  /** Tools whose calls go without an attempt in the log first. */
  readonly waivers: readonly string[];
  readonly timeoutMs: number;
}

/** A definition as the upstream lists it, pinned by its hash. */
export interface PinnedDefinition {
  readonly kind: DefinitionKind;
  /** Tool and prompt: its name. Resource: its URI. Template: its URI template. */
  readonly name: string;
  /** Hex SHA-256 of `text`. */
  readonly definitionSha256: string;
  readonly definition: JsonObject;
  /** RFC 8785 text of the definition. */
  readonly text: string;
  /** Hash of what the upstream was seen to show instead. Every use is denied until an admin approves it, or the tenant's file is applied again. */
  readonly drift?: string;
}

export interface PinnedTool extends PinnedDefinition {
  readonly kind: 'tool';
  readonly inputSchema: JsonObject;
}

/** `altered`: its row is not as it was saved here. It has no address and no credential, and nothing of it can be used. */
export type ServerState = 'pinned' | 'drifted' | 'unpinned' | 'altered';

/** A registered server with all that is pinned of it. Immutable: a change makes a new object. */
export interface PinnedServer {
  readonly id: ServerId;
  readonly title: string;
  readonly url: string;
  /** Hex SHA-256 of the URL. */
  readonly urlSha256: string;
  readonly credential: ServerCredentials;
  readonly emailAllowed: boolean;
  readonly allowMethods: ReadonlySet<string>;
  readonly waivers: ReadonlySet<string>;
  readonly timeoutMs: number;
  readonly state: ServerState;
  readonly version: number;
  /** What the database says is pinned of it is not what was approved here: it is unpinned, and each of these is denied. */
  readonly pinsAltered?: true;
  /** When an admin last said what of it is pinned. */
  readonly pinnedAt?: number;
  readonly tools: ReadonlyMap<string, PinnedTool>;
  readonly prompts: ReadonlyMap<string, PinnedDefinition>;
  /** By URI. */
  readonly resources: ReadonlyMap<string, PinnedDefinition>;
  /** By URI template. */
  readonly templates: ReadonlyMap<string, PinnedDefinition>;
}

/** What an upstream listed, as parsed from its own answers, each element untouched. */
export interface ListedDefinitions {
  readonly tools: readonly JsonObject[];
  readonly prompts: readonly JsonObject[];
  readonly resources: readonly JsonObject[];
  readonly templates: readonly JsonObject[];
}

/** A listed thing that can't be pinned, and so can't be used. The others can. */
export interface SkippedDefinition {
  readonly kind: DefinitionKind;
  /** Position in its list. */
  readonly index: number;
  readonly name?: string;
  readonly message: string;
}

/** What of a listing can be pinned. */
export interface ReadListing {
  readonly definitions: readonly PinnedDefinition[];
  readonly skipped: readonly SkippedDefinition[];
  /** Hex SHA-256 of kinds, names and hashes of the definitions, whatever order they came in. */
  readonly listingSha256: string;
}

/** A part of a listing, for who does not want all of it. */
export interface PinChoice {
  /** Pinned as listed now; the others stay as they are. Absent: all that is listed, and nothing else. */
  readonly definitions?: readonly { readonly kind: DefinitionKind; readonly name: string }[];
  /** Pinned no longer. */
  readonly withdraw?: readonly { readonly kind: DefinitionKind; readonly name: string }[];
}

/** What pinning changed. */
export interface PinReport {
  readonly pinned: readonly {
    readonly kind: DefinitionKind;
    readonly name: string;
    readonly sha256: string;
  }[];
  /** As `<kind> <name>`, like the next two. */
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  readonly skipped: readonly SkippedDefinition[];
}

export interface SaveReport {
  readonly change: 'created' | 'updated' | 'unchanged';
  readonly version: number;
}

/**
 * A pinned definition that the upstream now shows differently. One that it does not show is none: lists may differ
 * from person to person.
 */
export interface Drift {
  readonly kind: DefinitionKind;
  readonly name: string;
  readonly liveSha256: string;
}

export type ReceiptActor = ReceiptDraft['actor'];

export interface Registry {
  /**
   * Creates or changes a server; stages an `admin` receipt when something changed. A new URL is another server: nothing
   * of it is pinned any more.
   */
  save(
    tx: TenantTransaction,
    tenant: TenantId,
    draft: ServerDraft,
    author: ReceiptActor,
  ): Promise<SaveReport>;
  /** Replaces what is pinned of a server by what was listed now, or by what was chosen of it; ends the drift of that. */
  pin(
    tx: TenantTransaction,
    tenant: TenantId,
    server: ServerId,
    listed: ListedDefinitions,
    author: ReceiptActor,
    choice?: PinChoice,
  ): Promise<PinReport>;
  /** What could be pinned of a listing, and the hash that stands for all of it. Pure. */
  read(listed: ListedDefinitions): ReadListing;
  /** Removes a server and its pins. False when there was none. */
  remove(tx: TenantTransaction, tenant: TenantId, server: ServerId, author: ReceiptActor): Promise<boolean>;
  /** Cached, bounded, dropped on every replica when something changes. */
  server(tenant: TenantId, id: ServerId): Promise<PinnedServer | undefined>;
  /** The same without waiting: undefined when it is not in the cache. */
  cached(tenant: TenantId, id: ServerId): PinnedServer | undefined;
  list(tenant: TenantId): Promise<readonly PinnedServer[]>;
  /** The servers as a transaction under way sees them. */
  listIn(client: TenantClient, tenant: TenantId): Promise<readonly PinnedServer[]>;
  /**
   * Remembers that live definitions differ from their pins (and receipts it), so that every replica denies their
   * use until an admin approves them. Cheap when nothing is new. Definitions that are not pinned are
   * ignored: they can't be used anyway.
   */
  noteDrift(tenant: TenantId, server: ServerId, drifts: readonly Drift[]): Promise<void>;
  /** Compares a live list of one kind with the pins; feeds `noteDrift`. Pure. */
  compare(server: PinnedServer, kind: DefinitionKind, listed: readonly JsonObject[]): readonly Drift[];
  /**
   * Calls back after servers, pins or drift of a tenant have changed, on whichever replica; with no tenant where news may
   * have been missed. A hint, not a fact. Returns what ends it.
   */
  onChange(handler: (tenant: TenantId | undefined) => void): () => void;
  close(): void;
}
