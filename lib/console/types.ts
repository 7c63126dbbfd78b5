import type { Clock, ServerId, TenantSlug } from '#lib/core';
import type { BrowserSession, Identity, TenantRecord } from '#lib/identity';
import type { Keys } from '#lib/keys';
import type { GrantSummary, ListCallableTools, Oauth } from '#lib/oauth';
import type { Policy } from '#lib/policy';
import type { Receipts } from '#lib/receipts';
import type { Registry } from '#lib/registry';
import type { AdminViews } from './admin-types.ts';
import type { PeopleViews } from './people-types.ts';
import type { ReceiptConsole } from './receipt-types.ts';

export type * from './receipt-types.ts';

export interface ConsoleDeps {
  readonly clock: Clock;
  readonly addresses: { resourceUrl(slug: TenantSlug, server: ServerId): string };
  readonly identity: Identity;
  readonly keys: Pick<Keys, 'describe'>;
  readonly oauth: Oauth;
  readonly receipts: Receipts;
  readonly registry: Pick<Registry, 'list' | 'server'>;
  readonly policy: Pick<Policy, 'version'>;
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

/** Read models and flows for people. Everything is limited to what the visitor may see, in the modules that own it. */
export interface Console extends AdminViews, PeopleViews, ReceiptConsole {
  listAgents(visitor: Visitor): Promise<readonly AgentView[]>;
  /** Ends every grant of this agent for the visitor. How many ended. */
  disconnectAgent(visitor: Visitor, clientId: string): Promise<number>;
  /** The line with which an agent without users gets a token; without a client id it names variables. Pure. */
  machineTokenCommand(
    target: { readonly tokenUrl: string; readonly mcpUrl: string },
    clientId?: string,
  ): string;
  /** Ends every grant of the visitor. How many ended. */
  disconnectAgents(visitor: Visitor): Promise<number>;
}
