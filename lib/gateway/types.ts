import type { Clock, JsonObject, Result, TenantId } from '#lib/core';
import type { Config } from '#lib/config';
import type { Addresses } from '#lib/edge';
import type { Database, TenantTransaction } from '#lib/db';
import type { TenantRecord } from '#lib/identity';
import type { Keys } from '#lib/keys';
import type { Minting } from '#lib/minting';
import type { Egress } from '#lib/net';
import type { Oauth } from '#lib/oauth';
import type { Policy } from '#lib/policy';
import type { Receipts } from '#lib/receipts';
import type { Registry, ServerDraft } from '#lib/registry';
import type { Stdio } from '#lib/stdio';
import type { Telemetry } from '#lib/telemetry';

export interface GatewayDeps {
  readonly config: Config;
  readonly clock: Clock;
  readonly addresses: Addresses;
  readonly database: Database;
  readonly egress: Egress;
  readonly keys: Keys;
  readonly minting: Minting;
  readonly oauth: Oauth;
  readonly policy: Policy;
  readonly receipts: Receipts;
  readonly registry: Registry;
  readonly stdio: Stdio;
  readonly telemetry: Telemetry;
}

/** The MCP data plane: everything at `<canonical>/mcp/<server>`. */
export interface Gateway {
  /** Answers one HTTP request, whatever it is; never throws and never leaves it unanswered. */
  handle(exchange: Exchange): void;
  /** Reads what a server offers, as Countersign itself (mode agent, a probing token), for an admin to pin. */
  readDefinitions(
    tenant: TenantRecord,
    target: DefinitionTarget,
  ): Promise<Result<Definitions, DefinitionProblem>>;
  /** Ends every session of the tenant, in the caller's transaction, which revokes the tenant too; how many. */
  endSessions(tx: TenantTransaction): Promise<number>;
  /** Deletes the rows of sessions that have expired; how many. */
  sweep(tenant: TenantId): Promise<number>;
  /** What is under way here at this moment. */
  activity(): GatewayActivity;
  /** Takes no new calls, lets those under way finish for a while, then closes streams. */
  close(): Promise<void>;
}

export interface GatewayActivity {
  readonly calls: number;
  /** Event streams that agents hold open. */
  readonly streams: number;
  /** Sessions held in memory. */
  readonly sessions: number;
  /** Processes of servers that are programs. */
  readonly programs: number;
}

/** Names and values in turn, as `writeHead` takes them. */
export type FlatHeaders = readonly string[];

/** A request body as read, or why it could not be. */
export type BodyOutcome =
  | { readonly kind: 'body'; readonly bytes: Uint8Array }
  | { readonly kind: 'too_large' }
  | { readonly kind: 'aborted' };

/**
 * One HTTP request and its response, without a framework. Fed from `node:http` directly (`nodeExchange`) or from a
 * Web handler (`webExchange`): one pipeline, two feeders. Host and tenant were matched by the caller.
 */
export interface Exchange {
  readonly method: string;
  readonly tenant: TenantRecord;
  /** The path segment after `/mcp/`, as it came. */
  readonly serverSegment: string;
  /** The client's address, already freed of untrusted forwarding headers. */
  readonly ip: string;
  /** Finds this request's log lines. */
  readonly requestId: string;
  /** By lower-case name. */
  header(name: string): string | undefined;
  /** Reads at most `bytesMax` bytes; calls back exactly once. */
  readBody(bytesMax: number, done: (outcome: BodyOutcome) => void): void;
  /** The whole response at once. */
  respond(status: number, headers: FlatHeaders, body?: string | Uint8Array): void;
  /** The head of a response whose body comes in parts. */
  startStream(status: number, headers: FlatHeaders): void;
  /** How many bytes wait for a slow receiver; beyond its own limit the caller gives up on it. */
  write(chunk: string | Uint8Array): number;
  /** How many bytes wait now, where there is a receiver that may be slow. */
  backlog?(): number;
  end(): void;
  /** From now on this is no work under way but somebody who waits for news: it is counted as a stream alone. */
  becomesStream(): void;
  /** From now on this waits for somebody else (a server, a person), and what others do need not wait for it. */
  away?(): void;
  /** The end of that. */
  back?(): void;
  /** The other side went away before the response had ended, be it before this is asked. At most once. */
  onClose(handler: () => void): void;
}

/** What a caller of the gateway knows about a request beyond its headers. */
export interface ExchangeRoute {
  readonly tenant: TenantRecord;
  readonly serverSegment: string;
  readonly ip: string;
  readonly requestId: string;
  /** Told once a request has become a stream of news, which is bounded elsewhere. */
  readonly onStream?: () => void;
  /** Told when a request begins to wait for somebody else, and when it goes on. */
  readonly onAway?: (isAway: boolean) => void;
}

/** A server to be read, registered or not yet: an admin's draft is enough. */
export type DefinitionTarget = Pick<
  ServerDraft,
  'id' | 'title' | 'url' | 'credential' | 'emailAllowed' | 'timeoutMs'
>;

export interface Definitions {
  readonly serverInfo: JsonObject;
  readonly protocolVersion: string;
  readonly capabilities: JsonObject;
  readonly tools: readonly JsonObject[];
  readonly prompts: readonly JsonObject[];
  readonly resources: readonly JsonObject[];
  readonly templates: readonly JsonObject[];
}

/** Why a server's definitions could not be read, in words a person can act on. */
export interface DefinitionProblem {
  readonly kind: 'unreachable' | 'refused' | 'redirected' | 'nonsense' | 'too_large' | 'credential';
  readonly message: string;
}
