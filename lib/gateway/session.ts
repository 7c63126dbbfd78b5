import type { ClientId, GrantId, JsonObject, PersonId, Principal, ServerId, TenantId } from '#lib/core';

/** Whose a session is: sealed inside its id, so that any replica knows without a read. */
export interface SessionClaims {
  readonly server: ServerId;
  readonly person: PersonId | undefined;
  readonly client: ClientId;
  readonly grant: GrantId;
  readonly mode: Principal['mode'];
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Random; what receipts name the session by. */
  readonly reference: string;
}

/** The upstream's half of a session. */
export interface UpstreamSession {
  readonly protocolVersion: string;
  /** Absent where the upstream keeps none. */
  readonly sessionId?: string;
}

/** What changes in a session's life: one row, cached. */
export interface SessionState {
  /** The revision spoken with the agent. */
  readonly protocolVersion: string;
  readonly upstream: UpstreamSession;
  /** What was told the upstream at initialize, to be told again when it lost its session. */
  readonly handshake: { readonly capabilities: JsonObject; readonly clientInfo: JsonObject };
}

/** One MCP session of the 2025 eras. */
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
