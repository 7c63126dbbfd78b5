import type { ClientId, GrantId, JsonObject, PersonId, Principal, ServerId, TenantId } from '#lib/core';
import type { LogLevel } from './log-level.ts';
import type { PooledUpstream } from './pooled-upstream.ts';

/** Whose a session is: sealed inside its id, so that any replica knows without a read. */
export interface SessionClaims {
  readonly server: ServerId;
  readonly person: PersonId | undefined;
  readonly client: ClientId;
  readonly grant: GrantId;
  readonly mode: Principal['mode'];
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Random; what receipts name the session by. Absent in the stateless era, which has none. */
  readonly reference: string | undefined;
}

/** The upstream's half of a session: one of its own, or what each request says again. */
export type UpstreamSession = SessionUpstream | StatelessUpstream;

export interface SessionUpstream {
  readonly era: 'session';
  readonly protocolVersion: string;
  /** Absent where the upstream keeps none. */
  readonly sessionId?: string;
  /** Transport of 2024-11-05: the name of the connection, which each process has for itself. */
  readonly channel?: string;
  /** From which level on the agent wants log messages; none where it never said. */
  readonly logLevel?: string;
  /** URIs of the resources whose changes the agent wants to hear of. */
  readonly subscriptions?: readonly string[];
}

export interface StatelessUpstream {
  readonly era: 'stateless';
  readonly protocolVersion: string;
  /** What the agent can do for a server, cut to what is relayed. */
  readonly capabilities: JsonObject;
  readonly clientInfo: JsonObject;
  /** From which level on the agent wants log messages; none where it never said. */
  readonly logLevel?: string;
  /** Of a program: the name of its process, which is this session's alone. */
  readonly process?: string;
  /** URIs of the resources whose changes the agent wants to hear of. */
  readonly subscriptions?: readonly string[];
  /** Ids of tasks of which it wants to hear what they are at. */
  readonly taskIds?: readonly string[];
}

/** The same half, so that nobody opened it anew meanwhile. */
export function isSameUpstream(one: UpstreamSession, other: UpstreamSession): boolean {
  if (one.era === 'stateless') return other.era === 'stateless' && one.process === other.process;
  if (other.era === 'stateless') return false;
  return one.sessionId === other.sessionId && one.channel === other.channel;
}

/** What changes in a session's life: one row, cached. */
export interface SessionState {
  /** The revision spoken with the agent. */
  readonly protocolVersion: string;
  readonly upstream: UpstreamSession;
  /** Hex SHA-256 of the server's address then: at another one this half means nothing. Rows of an earlier release lack it. */
  readonly urlSha256?: string;
  /** What was told the upstream at initialize, to be told again when it lost its session. */
  readonly handshake: { readonly capabilities: JsonObject; readonly clientInfo: JsonObject };
  /** Absent where the agent was offered no tasks. */
  readonly tasks?: OfferedTasks;
}

/** What an agent was offered of tasks besides making them, asking for them and fetching their results. */
export interface OfferedTasks {
  readonly list: boolean;
  readonly cancel: boolean;
}

/** What a request of the stateless era has instead of a session. */
export interface SingleRequest {
  /** The upstream's half, which the requests of one grant share. */
  readonly pooled: PooledUpstream;
  /** Messages of a log inside the call that the client wants; absent: none. */
  readonly logLevel: LogLevel | undefined;
  /** Whose requests are counted together. */
  readonly principalKey: string;
  /** The client says that it can be answered with a task (`task-capability.ts`). */
  readonly takesTasks: boolean;
  /** The server is told so. */
  tellsTasks: boolean;
  /** Why it is not, though it would care. */
  untold?: string;
  /** The server does what is called as a task only, and its client follows none: it is followed here. */
  awaitsTask?: boolean;
}

/** One MCP session of the 2025 eras, or what stands in for it while one request of the stateless era lasts. */
export interface Session {
  readonly tenant: TenantId;
  /** `Mcp-Session-Id`. */
  readonly id: string;
  /** Hex SHA-256 of the id: its name in the database and in revocations. */
  readonly hash: string;
  readonly claims: SessionClaims;
  /** Who used it last; what closes the upstream's half speaks for them. */
  principal: Principal;
  state: SessionState;
  /** Ended here or on another replica. */
  ended: boolean;
  /** Monotonic milliseconds at which the row was last read. */
  readAt: number;
  /** Set in the stateless era. */
  readonly single?: SingleRequest;
}

/** Its half at the server is one at this address: nothing of it is told to whoever is at another. */
export function isAt({ state: { urlSha256 } }: Session, server: { readonly urlSha256: string }): boolean {
  return urlSha256 === undefined || urlSha256 === server.urlSha256;
}

/** The session belongs to this very caller; anyone else is told that it does not exist. */
export function isOwner(claims: SessionClaims, principal: Principal): boolean {
  return (
    claims.server === principal.server &&
    claims.person === principal.person?.id &&
    claims.client === principal.agent.clientId &&
    claims.grant === principal.grant &&
    claims.mode === principal.mode
  );
}
