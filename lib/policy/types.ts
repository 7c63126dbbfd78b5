import type { JsonObject, Principal, Result, ServerId, TenantId } from '#lib/core';
import type { TenantClient, TenantTransaction } from '#lib/db';
import type { ReceiptDraft } from '#lib/receipts';
import type { PolicyTests } from './explain-types.ts';
import type { PolicyOutline } from './outline-policies.ts';
import type { PolicyVersions } from './version-types.ts';

export type * from './explain-types.ts';
export type { PolicyOutline } from './outline-policies.ts';
export type * from './version-types.ts';

/** What can be done, named after MCP's methods. A subscription to a resource is a `resources/read`. */
export type ActMethod =
  | 'tools/call'
  | 'resources/read'
  | 'prompts/get'
  | 'completion/complete'
  | 'tasks/get'
  | 'tasks/result'
  | 'tasks/cancel'
  | 'tasks/update'
  | 'sampling/createMessage'
  | 'roots/list'
  | 'elicitation/create';

/** Whether something may be seen in a list: it may, when some arguments, time, address or session would be allowed. */
export type ListMethod =
  'tools/list' | 'resources/list' | 'resources/templates/list' | 'prompts/list' | 'tasks/list';

/** The rest are methods that a server's `allow_methods` names; they act on the server as a whole. */
export type PolicyAction = ActMethod | ListMethod | (string & {});

/** A pinned definition, as far as decisions need it. The registry's pinned things fit. */
export interface PolicyDefinition {
  readonly name: string;
  readonly definitionSha256: string;
  readonly definition: JsonObject;
  /** What the upstream shows now, when that is not what was pinned: every use is denied until it is applied again. */
  readonly drift?: string;
}

export interface PolicyTool extends PolicyDefinition {
  readonly inputSchema: JsonObject;
}

/** A server and what is pinned of it. The registry's `PinnedServer` fits. Objects are immutable: caches hang on them. */
export interface PolicyServer {
  readonly id: ServerId;
  readonly allowMethods: ReadonlySet<string>;
  readonly tools: ReadonlyMap<string, PolicyTool>;
  readonly prompts: ReadonlyMap<string, PolicyDefinition>;
  /** By URI. */
  readonly resources: ReadonlyMap<string, PolicyDefinition>;
  /** By URI template. */
  readonly templates: ReadonlyMap<string, PolicyDefinition>;
}

/** One question to the policy. The resource is what is named here; the server itself when nothing is. */
export interface PolicyRequest {
  readonly principal: Principal;
  readonly action: PolicyAction;
  readonly server: PolicyServer;
  readonly tool?: PolicyTool;
  readonly resource?: { readonly uri: string };
  readonly template?: { readonly uriTemplate: string };
  readonly prompt?: { readonly name: string };
  /** `tool`: of whose call the server made the task; the task is in it. */
  readonly task?: { readonly id: string; readonly tool?: string };
  /** `params.arguments` as parsed; of `completion/complete` its `argument` {name, value}. Absent counts as `{}`. */
  readonly arguments?: JsonObject;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** The caller's address after TRUSTED_PROXIES; absent when unknown. */
  readonly ip?: string;
  readonly session?: string | undefined;
}

export interface ArgumentProblem {
  /** JSON Pointer into the arguments. */
  readonly path: string;
  readonly message: string;
}

export interface PolicyDecision {
  readonly effect: 'allow' | 'deny' | 'hold';
  /** Ids of the deciding policies: the permits of an allow, the forbids of a deny, none where nothing permits. */
  readonly policies: readonly string[];
  /** For people: `@reason` of the deciding forbids, or what is missing. Never empty on a deny. */
  readonly reasons: readonly string[];
  readonly obligations: readonly string[];
  readonly shadow: readonly string[];
  /** What went wrong while deciding; anything here denies. */
  readonly errors: readonly string[];
  readonly setSha256: string;
  /** The arguments do not fit the pinned schema: the agent can mend that, no admin need. */
  readonly argumentProblems?: readonly ArgumentProblem[];
  /** The thing may not even be seen: answer exactly as for what does not exist (-32602). */
  readonly hidden: boolean;
}

/** One tenant's active set, ready to decide. Synchronous, and never throws: what fails, denies. */
export interface PolicyEngine {
  readonly setSha256: string;
  readonly version: number;
  /** Arguments are checked against the pinned schema here, whoever called `validateArguments` before. */
  decide(request: PolicyRequest): PolicyDecision;
  /** What the decision looked at besides the arguments (groups, time, ip, entities), for the receipt: RFC 8785 text. */
  contextText(request: PolicyRequest): string;
}

/** Policies by id, as Cedar text: exactly one policy each. */
export type PolicyTexts = Readonly<Record<string, string>>;

export interface PolicyProblem {
  readonly policyId: string;
  /** Position inside the policy's text, from 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export interface PolicySetVersion {
  readonly sha256: string;
  readonly version: number;
  /** False when this very set was active already: nothing was written, nothing receipted. */
  readonly changed: boolean;
}

/** The set that the database calls the active one, and what may be made another one from. */
export interface ActivePolicies {
  /** By which the set is named there. */
  readonly sha256: string;
  /** False: it was not put in force here, and denies everything. */
  readonly isSaved: boolean;
  /** All of it; of one that was not put in force here only what forbids. */
  readonly texts: PolicyTexts;
  /** Ids of those that are not believed. */
  readonly leftOut: readonly string[];
}

export interface SavePolicies {
  readonly policies: PolicyTexts;
  /** All servers of the tenant, as they will be once this transaction commits. */
  readonly servers: readonly PolicyServer[];
  readonly author: ReceiptDraft['actor'];
}

export interface ToolName {
  readonly server: string;
  readonly tool: string;
}

/** Why a tool can't be called at all, whatever the policy: its schema is beyond what is checked in bounded time. */
export interface SchemaProblem {
  readonly server: ServerId;
  readonly tool: string;
  readonly message: string;
}

export interface Policy extends PolicyVersions, PolicyTests {
  /** Validates, writes a new immutable version, makes it the active one, stages an `admin` receipt; replicas are told after the commit. */
  save(
    tx: TenantTransaction,
    tenant: TenantId,
    input: SavePolicies,
  ): Promise<Result<PolicySetVersion, readonly PolicyProblem[]>>;
  /** As a transaction under way sees it. */
  activeIn(client: TenantClient, tenant: TenantId): Promise<ActivePolicies>;
  /** Its texts alone; none without any set. */
  textsIn(client: TenantClient, tenant: TenantId): Promise<PolicyTexts>;
  /** False: what the database calls the active set was not put in force here. */
  isSaved(tenant: TenantId): Promise<boolean>;
  /** Hex SHA-256 that names a set. Pure. */
  hash(policies: PolicyTexts): string;
  /** What is wrong with the policies whatever servers there are: syntax, ids, annotations. Pure. */
  syntaxProblems(policies: PolicyTexts): readonly PolicyProblem[];
  /** Everything `save` would refuse. Lets others have their turn in between, as `save` does. */
  validate(policies: PolicyTexts, servers: readonly PolicyServer[]): Promise<readonly PolicyProblem[]>;
  /** What each policy is about; one that can't be read is its text alone. Pure. */
  outline(policies: PolicyTexts): readonly PolicyOutline[];
  /**
   * The Cedar schema that policies are validated against, for editors. With the name of a tool, that of its calls, as
   * typed as validation sees it; without, one for all, in which an argument is optional and has a type where all that
   * declare it agree. Undefined: no such tool is pinned.
   */
  schemaText(servers: readonly PolicyServer[], tool?: ToolName): string | undefined;
  /** Tools that would be denied on every call, and why. Pure. */
  schemaProblems(servers: readonly PolicyServer[]): readonly SchemaProblem[];
  /** The active set's engine; without any set, one that denies everything. */
  engine(tenant: TenantId): Promise<PolicyEngine>;
  /** The engine if it is loaded and confirmed recently: the hot path's way in. */
  cachedEngine(tenant: TenantId): PolicyEngine | undefined;
  /**
   * Calls back after a tenant's active set has changed, on whichever replica; with no tenant where news may have been
   * missed. A hint, not a fact. Returns what ends it.
   */
  onChange(handler: (tenant: TenantId | undefined) => void): () => void;
  close(): void;
}
