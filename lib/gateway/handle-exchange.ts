import { parseServerId, type Principal, type ServerId } from '#lib/core';
import type { AccessTokenRefusal, AccessTokenRefusalKind } from '#lib/oauth';
import type { RefusalReason } from '#lib/receipts';
import { bearerToken } from './check-request.ts';
import { handleDelete, handleGet } from './handle-session.ts';
import { handlePost } from './handle-post.ts';
import { isOpenedByPerson, showAddressForAgents } from './page-for-people.ts';
import type { ActParts, Caller } from './parts.ts';
import { isStatelessVersion } from './read-envelope.ts';
import { refuse, step, unavailable } from './refuse-exchange.ts';
import type { Exchange } from './types.ts';

const METHODS = ['POST', 'GET', 'DELETE'];

/** The checks in front of everything: Origin, method, token, server (DESIGN 4, steps 1 and 2). */
export function handleExchange(parts: ActParts, exchange: Exchange): void {
  const { tenant } = exchange;
  if (tenant.state !== 'active') {
    return refuse(parts, exchange, 404, 'unknown_tenant', 'This tenant is not served at present.');
  }
  const origin = exchange.header('origin');
  if (origin !== undefined && !parts.addresses.isOwnOrigin(origin, tenant.slug)) {
    return refuse(
      parts,
      exchange,
      403,
      'foreign_origin',
      'Web pages of this origin may not call this server.',
    );
  }
  if (!METHODS.includes(exchange.method)) {
    const allow = ['allow', METHODS.join(', ')];
    return refuse(parts, exchange, 405, 'method_not_allowed', 'Use POST, GET or DELETE.', allow);
  }
  const server = parseServerId(exchange.serverSegment);
  if (!server.ok) return refuse(parts, exchange, 404, 'unknown_server', 'There is no such MCP server.');
  const token = bearerToken(exchange);
  if (token === undefined || token === null) {
    const reason = token === undefined ? 'missing_token' : 'malformed_token';
    const challenge = ['www-authenticate', parts.oauth.challenge(tenant, server.value)];
    if (isOpenedByPerson(exchange)) {
      parts.receipts.refuse(tenant.id, reason);
      return showAddressForAgents(parts, exchange, server.value, challenge);
    }
    const message = 'Authorize first: see resource_metadata in WWW-Authenticate.';
    return refuse(parts, exchange, 401, reason, message, challenge);
  }
  parts.oauth.checkAccessToken(tenant, server.value, token, (result) => {
    step(parts, exchange, () => {
      if (result.ok) findServer(parts, exchange, result.value);
      else refuseToken(parts, exchange, server.value, result.error);
    });
  });
}

function findServer(parts: ActParts, exchange: Exchange, principal: Principal): void {
  const { tenant } = exchange;
  const receivedAt = parts.clock.now();
  const revocationsSeen = parts.recent.count;
  const found = (server: Caller['server'] | undefined) => {
    if (server !== undefined)
      return route(parts, { exchange, tenant, principal, server, receivedAt, revocationsSeen });
    refuse(parts, exchange, 404, 'unknown_server', 'There is no such MCP server.');
  };
  const cached = parts.registry.cached(tenant.id, principal.server);
  if (cached !== undefined) return found(cached);
  parts.registry
    .server(tenant.id, principal.server)
    .then(found)
    .catch((error: unknown) => unavailable(parts, exchange, error));
}

function route(parts: ActParts, caller: Caller): void {
  const { exchange } = caller;
  if (caller.server.state === 'altered') {
    const message =
      'What the database says of this server is not what was saved, so nothing is sent to it. An admin has to save its settings again, or apply the tenant file.';
    return parts.answers.refuse(exchange, { status: 403, message });
  }
  // Not a session, no listing, no method of `allow_methods`: nobody has looked at what stands there.
  if (caller.server.state === 'unpinned') {
    const message = 'An admin has to approve what this server offers before anything of it can be called.';
    return parts.answers.refuse(exchange, { status: 403, message });
  }
  if (caller.server.credential[caller.principal.mode] === undefined) {
    const who = caller.principal.mode === 'user' ? 'agents that act for a person' : 'agents without a person';
    return parts.answers.refuse(exchange, { status: 403, message: `This server is not open to ${who}.` });
  }
  if (exchange.method === 'POST') return handlePost(parts, caller);
  if (isStatelessVersion(exchange.header('mcp-protocol-version'))) return refuseStreams(parts, exchange);
  if (exchange.method === 'GET') handleGet(parts, caller);
  else handleDelete(parts, caller);
}

/** MCP 2026-07-28 has neither a stream of the session nor a session to end: subscriptions/listen is a POST. */
function refuseStreams(parts: ActParts, exchange: Exchange): void {
  const message = 'This protocol revision has POST alone: ask for notifications with subscriptions/listen.';
  refuse(parts, exchange, 405, 'method_not_allowed', message, ['allow', 'POST']);
}

const TOKEN_REASONS: Readonly<Partial<Record<AccessTokenRefusalKind, RefusalReason>>> = {
  malformed: 'malformed_token',
  expired: 'expired_token',
  wrong_audience: 'wrong_audience',
  grant_ended: 'revoked_token',
  person_inactive: 'revoked_token',
  unknown_server: 'unknown_server',
  unavailable: 'unavailable',
};

function refuseToken(
  parts: ActParts,
  exchange: Exchange,
  server: ServerId,
  refusal: AccessTokenRefusal,
): void {
  const reason = TOKEN_REASONS[refusal.kind] ?? 'invalid_token';
  const challenge =
    refusal.status === 401
      ? ['www-authenticate', parts.oauth.challenge(exchange.tenant, server, refusal)]
      : ['retry-after', '1'];
  refuse(parts, exchange, refusal.status, reason, refusal.detail, challenge);
}
