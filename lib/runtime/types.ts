import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock, JsonObject, Result } from '#lib/core';
import type { Config } from '#lib/config';
import type {
  AgentGrant,
  CallableTool,
  ConnectClient,
  ConnectInstruction,
  Console,
  KeyOverview,
  LogFacts,
  PersonProblem,
  PersonRow,
  PersonView,
  ReceiptMoment,
  ReceiptRow,
  ReceiptView,
  RegisteredAgent,
  RegisteredAgents,
  RegisteredAgentView,
  ServerRow,
  ServerView,
  SigningKeyView,
  ActiveSet,
  CaseResult,
  NamedVersion,
  NamedVersionPage,
  PolicyCase,
  PolicyDesk,
  PolicyQuestion,
  QuestionProblem,
  VersionComparison,
} from '#lib/console';

import type { Database } from '#lib/db';
import type { Addresses } from '#lib/edge';
import type { ExchangeRoute, Gateway } from '#lib/gateway';
import type { HttpServices, RouteHandler } from '#lib/http';
import type {
  BrowserSession,
  ErasedPerson,
  Identity,
  IdentityProblem,
  SignInReport,
  SsoProblem,
  TenantRecord,
} from '#lib/identity';
import type { Keys } from '#lib/keys';
import type { Manifest, Probe, Resource, ResourceKind, ResourceName, ResourceProblem } from '#lib/manifest';
import type { Minting } from '#lib/minting';
import type { Egress } from '#lib/net';
import type { Oauth } from '#lib/oauth';
import type { Policy, PolicyDifference, PolicyExplanation, PolicyOutline, PolicyProblem } from '#lib/policy';
import type { Bundle, ReceiptActor, Receipts, TrustFile } from '#lib/receipts';
import type { Registry } from '#lib/registry';
import type { Stdio } from '#lib/stdio';
import type { Telemetry } from '#lib/telemetry';
import type { Vault } from '#lib/vault';
import type { AuditRequest, CompletenessReport } from './audit-tenant.ts';
import type { ExportRequest } from './export-bundle.ts';
import type { KeyRotation } from './rotate-key.ts';
import type { Finding } from './finding.ts';
import type { ReopenedLog, ReopenRequest } from './reopen-log.ts';
import type { ShreddedTenant, ShredRequest } from './shred-tenant.ts';

/** The modules of one process, built once and wired to each other. */
export interface Modules {
  readonly config: Config;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly addresses: Addresses;
  readonly egress: Egress;
  readonly database: Database;
  readonly keys: Keys;
  readonly receipts: Receipts;
  readonly vault: Vault;
  readonly policy: Policy;
  readonly identity: Identity;
  readonly registry: Registry;
  readonly oauth: Oauth;
  readonly minting: Minting;
  readonly stdio: Stdio;
  readonly gateway: Gateway;
  readonly console: Console;
  readonly policyDesk: PolicyDesk;
  readonly manifest: Manifest;
}

export interface Runtime extends Modules {
  readonly http: HttpServices;
  readonly health: Health;
  /** The MCP pipeline fed with Web objects: what Next's router uses. */
  serveMcp(request: Request, route: ExchangeRoute): Promise<Response>;
  /** The metadata document of an issuer or resource of this tenant; undefined when nothing stands there. */
  metadata(tenant: TenantRecord, name: string, below: string): Promise<JsonObject | undefined>;
  /** The refused sign-in that an address names; what is not in the closed lists counts for nothing. */
  readSsoProblem(kind: string | undefined, code?: string): SsoProblem;
  exportBundle(request: ExportRequest): Promise<{ readonly bundle: Bundle; readonly trust: TrustFile }>;
  /** What the tenant's logs hold of what they promise. */
  audit(request: AuditRequest): Promise<CompletenessReport>;
  /** Puts cases to the policies in force; nothing is executed or receipted. */
  testPolicies(tenant: string, cases: readonly PolicyCase[]): Promise<readonly CaseResult[]>;
  erasePerson(
    tenant: string,
    person: string,
    actor: ReceiptActor,
  ): Promise<Result<ErasedPerson, IdentityProblem>>;
  /** Settles a restore: a new log that names the old one, and nothing issued before holds any more. */
  reopenLog(request: ReopenRequest): Promise<Result<ReopenedLog, { readonly message: string }>>;
  /** A new key takes over from the tenant's key of this purpose. */
  rotateKey: KeyRotation['rotateKey'];
  /** The same, if the key in force is still this one. False: it is another by now. */
  rotateExpectedKey: KeyRotation['rotateExpectedKey'];
  /** Destroys a tenant's keys for good. */
  shredTenant(request: ShredRequest): Promise<Result<ShreddedTenant, { readonly message: string }>>;
  diagnose(): Promise<readonly Finding[]>;
  /** Names of this process's own request headers; random, so that no client can send them. */
  readonly internalHeaders: InternalHeaders;
  /** Stops taking work, lets what runs finish, flushes the log, closes what was opened. Idempotent. */
  close(): Promise<void>;
}

export interface InternalHeaders {
  readonly clientAddress: string;
  readonly requestId: string;
}

export interface HealthCheck {
  readonly name: string;
  readonly ok: boolean;
  /** What is wrong and what to do, in words; nothing secret. */
  readonly detail?: string;
}

export interface Health {
  /** Database, key provider, signer, policies; false once draining began. */
  ready(): Promise<{ readonly ok: boolean; readonly checks: readonly HealthCheck[] }>;
  /** From now on `ready` fails, so that a load balancer looks elsewhere. */
  drain(): void;
}

/** What a route file exports, by method. */
export type RouteModule = Partial<
  Record<'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS', RouteHandler>
>;

/** A route file mounted directly, past Next's router: its path below `app/` in Next's own notation. */
export interface HotRoute {
  readonly pattern: string;
  readonly module: RouteModule;
}

export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => unknown;

export interface ListenOptions {
  readonly routes: readonly HotRoute[];
  /** Next's request handler: pages, and every route that is not hot. */
  readonly next: NodeHandler;
  /** The build's `static` folder, whose files are then served compressed. */
  readonly staticFolder?: string;
}

export interface Listening {
  readonly port: number;
  readonly metricsPort: number;
  close(): Promise<void>;
}

/** What the console reads, for the routes that write it and the pages that show it. */
export type {
  AgentGrant,
  CallableTool,
  ConnectClient,
  ConnectInstruction,
  KeyOverview,
  LogFacts,
  PersonProblem,
  PersonRow,
  PersonView,
  ReceiptMoment,
  ReceiptRow,
  ReceiptView,
  RegisteredAgent,
  RegisteredAgents,
  RegisteredAgentView,
  ServerRow,
  ServerView,
  SigningKeyView,
  SignInReport,
  ActiveSet,
  CaseResult,
  NamedVersion,
  NamedVersionPage,
  PolicyQuestion,
  QuestionProblem,
  VersionComparison,
  PolicyDifference,
  PolicyExplanation,
  PolicyOutline,
  PolicyProblem,
};

/** A tenant's configuration as resources, for the routes that read and change it. */
export type { BrowserSession, Probe, ReceiptActor, Resource, ResourceKind, ResourceName, ResourceProblem };
