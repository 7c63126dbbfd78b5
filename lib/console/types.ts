import type { Clock, JsonObject, ReceiptId, ServerId, TenantSlug } from '#lib/core';
import type { BrowserSession, Identity, TenantRecord } from '#lib/identity';
import type { Keys } from '#lib/keys';
import type { GrantSummary, ListCallableTools, Oauth } from '#lib/oauth';
import type { Registry } from '#lib/registry';
import type { AdminViews } from './admin-types.ts';
import type { Bundle, ReceiptBodies, ReceiptFilters, Receipts, ReceiptSummary } from '#lib/receipts';

export interface ConsoleDeps {
  readonly clock: Clock;
  readonly addresses: { resourceUrl(slug: TenantSlug, server: ServerId): string };
  readonly identity: Identity;
  readonly keys: Pick<Keys, 'describe'>;
  readonly oauth: Oauth;
  readonly receipts: Receipts;
  readonly registry: Pick<Registry, 'list' | 'server'>;
  /** Policy decides; what a principal may call is worked out where everything is wired. */
  readonly callableTools: ListCallableTools;
}

/** Whoever is looking: a signed-in person, and where they look from. */
export interface Visitor {
  readonly tenant: TenantRecord;
  readonly session: BrowserSession;
  readonly ip: string | undefined;
}

/** One agent that acts for the visitor, with everything they let it do. */
export interface AgentView {
  readonly clientId: string;
  /** As the agent calls itself. */
  readonly name: string;
  /** Named by an admin, or by itself only. */
  readonly origin: 'file' | 'dynamic' | 'unknown';
  readonly grants: readonly GrantSummary[];
}

/** A line of the receipt list: the log's clear facts, and names where the visitor may know them. */
export interface ReceiptRow extends ReceiptSummary {
  readonly personName?: string;
  readonly agentName?: string;
}

export interface ReceiptRows {
  readonly rows: readonly ReceiptRow[];
  readonly next?: string;
}

/** What a receipt discloses to this visitor. */
export interface ReceiptView {
  readonly row: ReceiptRow;
  /** The payload as signed: what everybody who holds the receipt sees. */
  readonly payload: JsonObject;
  /** Disclosed claims by name. */
  readonly disclosed: Readonly<Record<string, unknown>>;
  /** False after the person was erased. */
  readonly opened: boolean;
  /** Bodies in the archive that may be opened, each reading receipted. */
  readonly bodies: readonly string[];
  readonly sdJwt?: string;
  /** C2SP tlog-proof against the newest checkpoint. */
  readonly proof?: string;
}

export interface ReceiptListQuery {
  readonly filters?: ReceiptFilters;
  readonly after?: string;
  readonly limit?: number;
}

/** Read models and flows for people. Everything is limited to what the visitor may see, in the modules that own it. */
export interface Console extends AdminViews {
  listAgents(visitor: Visitor): Promise<readonly AgentView[]>;
  /** Ends every grant of this agent for the visitor. How many ended. */
  disconnectAgent(visitor: Visitor, clientId: string): Promise<number>;
  listReceipts(visitor: Visitor, query: ReceiptListQuery): Promise<ReceiptRows>;
  viewReceipt(visitor: Visitor, id: ReceiptId): Promise<ReceiptView | undefined>;
  /** Leaves a `read` receipt that names the visitor. */
  openBodies(visitor: Visitor, id: ReceiptId): Promise<ReceiptBodies | undefined>;
  /** Bodies only when asked for, each reading receipted. Undefined: one of the receipts is not the visitor's to see. */
  bundle(visitor: Visitor, receipts: readonly ReceiptId[], bodies: boolean): Promise<Bundle | undefined>;
}
