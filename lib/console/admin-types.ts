import type { ClientId, ReceiptId, ServerId, SubjectReference } from '#lib/core';
import type { AgentRecord } from '#lib/identity';
import type { EncryptionKeyFacts, SealingKeyFacts, SigningKeyFacts } from '#lib/keys';
import type { Admission, AdmissionMode, GrantRecord } from '#lib/oauth';
import type { CredentialKind, ServerState } from '#lib/registry';
import type { ConnectInstruction } from './connect-instructions.ts';
import type { Visitor } from './types.ts';

/** A receipt, and the second that it names. */
export interface ReceiptMoment {
  readonly receipt: ReceiptId;
  readonly at: number;
}

/** A server as everybody who may use it sees it. */
export interface ServerRow {
  readonly id: ServerId;
  readonly title: string;
  readonly mcpUrl: string;
  /** Whom it serves: people through their agents, agents by themselves. */
  readonly modes: readonly ('user' | 'agent')[];
  /** Tools that today's policy lets the visitor's agents see and, with fitting arguments, call. */
  readonly callable: number;
  /** For admins and auditors only. */
  readonly admin?: ServerFacts;
  /** For them, in lists: the newest receipt of a change of it, be it an approval, a setting or a drift. */
  readonly lastChange?: ReceiptMoment;
}

export interface ServerFacts {
  readonly url: string;
  /** `stdio`: a program on this machine, which the operator declared. */
  readonly transport: 'http' | 'stdio';
  readonly state: ServerState;
  /** When what is pinned of it was last approved. */
  readonly approvedAt?: number;
  readonly credential: { readonly user?: CredentialKind; readonly agent?: CredentialKind };
  readonly pinned: number;
  readonly drifted: number;
  /** Tools that go without an attempt in the log. */
  readonly waivers: number;
}

/** A tool in the words of its server: quoted text, never markup of ours. */
export interface CallableTool {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
}

export interface ServerView extends ServerRow {
  readonly tools: readonly CallableTool[];
  /** All that is pinned, for an honest word where the visitor may call nothing of it. */
  readonly toolCount: number;
  readonly instructions: readonly ConnectInstruction[];
}

/** An agent for whoever administers agents. */
export interface RegisteredAgent extends AgentRecord {
  /** What today's setting makes of it. */
  readonly standing: Admission;
  readonly ownerName?: string;
  readonly liveGrants: number;
  /** When it was last given a token. */
  readonly lastTokenAt?: number;
  /** The newest receipt of a tool call of it, whatever became of the call. */
  readonly lastCall?: ReceiptMoment;
}

export interface RegisteredAgents {
  readonly mode: AdmissionMode;
  readonly agents: readonly RegisteredAgent[];
}

export interface AgentGrant extends GrantRecord {
  readonly personName?: string;
  readonly reference?: SubjectReference;
}

export interface RegisteredAgentView extends RegisteredAgent {
  readonly mode: AdmissionMode;
  readonly ownerReference?: SubjectReference;
  readonly ownerEmail?: string;
  readonly grants: readonly AgentGrant[];
  /** The newest receipt that names it, and when. */
  readonly lastReceipt?: ReceiptMoment;
}

export interface SigningKeyView extends SigningKeyFacts {
  /** The receipt that announced it before its first use. */
  readonly announcedBy?: ReceiptId;
  /** Of keys that sign checkpoints. */
  readonly vkey?: string;
  /** C2SP key hash: 8 hex digits, the middle part of the vkey. */
  readonly keyHash?: string;
}

/** What is public about a tenant's keys: nothing here can sign or open anything. */
export interface KeyOverview {
  readonly signing: readonly SigningKeyView[];
  readonly sealing: readonly SealingKeyFacts[];
  readonly encryption: readonly EncryptionKeyFacts[];
  readonly trustUrl: string;
  /** Fetches it, in a POSIX shell. */
  readonly trustCommand: string;
}

/** The log in force, as settings show it. */
export interface LogFacts {
  readonly id: string;
  readonly size: number;
  /** The name that its checkpoints carry. */
  readonly origin?: string;
}

/** What members see of servers, and what admins see of servers, agents and keys. The routes say who may ask. */
export interface AdminViews {
  listServers(visitor: Visitor): Promise<readonly ServerRow[]>;
  viewServer(visitor: Visitor, id: ServerId): Promise<ServerView | undefined>;
  listRegisteredAgents(visitor: Visitor): Promise<RegisteredAgents>;
  viewRegisteredAgent(visitor: Visitor, clientId: ClientId): Promise<RegisteredAgentView | undefined>;
  /** Ends everything that anybody let this agent do. How many grants ended. */
  endAgentGrants(visitor: Visitor, clientId: ClientId): Promise<number>;
  keyOverview(visitor: Visitor): Promise<KeyOverview>;
  logFacts(visitor: Visitor): Promise<LogFacts>;
}
