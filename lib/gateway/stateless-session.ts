import { isJsonObject, type JsonObject, type Principal } from '#lib/core';
import type { PinnedServer } from '#lib/registry';
import { CLIENT_OFFER_CHARS_MAX, PROTOCOL_VERSIONS } from './constants.ts';
import { relayedCapabilities } from './client-capabilities.ts';
import type { ClientOffer } from './pooled-upstream.ts';
import type { Envelope } from './read-envelope.ts';
import type { Session, UpstreamSession } from './session.ts';
import { declaresTasks } from './task-capability.ts';
import type { UpstreamPool } from './upstream-pool.ts';

/** What a request has of its upstream until the upstream's half is brought. */
const NOT_THERE: UpstreamSession = { era: 'session', protocolVersion: PROTOCOL_VERSIONS[0] as string };

/** Names one request among those of this process; no revocation names it. */
let nextRequest = 1;

/**
 * What stands in for a session while one request of the stateless era lasts: nothing of it is stored, and everything
 * behind (flights, revocation, receipts) knows it as one. Undefined where what the client says of itself is too large.
 */
export function openStateless(
  pool: UpstreamPool,
  principal: Principal,
  server: PinnedServer,
  envelope: Envelope,
): Session | undefined {
  const handshake = offerOf(envelope);
  if (handshake === undefined) return undefined;
  const { tenant, person, agent, grant, mode } = principal;
  return {
    tenant,
    id: '',
    hash: `request ${nextRequest++}`,
    claims: {
      server: principal.server,
      person: person?.id,
      client: agent.clientId,
      grant,
      mode,
      expiresAt: Infinity,
      reference: undefined,
    },
    principal,
    state: { protocolVersion: envelope.protocolVersion, upstream: NOT_THERE, handshake },
    ended: false,
    readAt: 0,
    single: {
      pooled: pool.upstreamFor(principal, server, handshake),
      logLevel: envelope.logLevel,
      principalKey: `${tenant} ${agent.clientId} ${person?.id ?? ''}`,
      takesTasks: declaresTasks(envelope.capabilities),
      tellsTasks: false,
    },
  };
}

/** Kept as long as the upstream's session lasts, so it is bounded; of a client that says much of itself its name is left. */
function offerOf({ capabilities, clientInfo }: Envelope): ClientOffer | undefined {
  const cut = relayedCapabilities(capabilities, () => false);
  if (charsOf(cut) > CLIENT_OFFER_CHARS_MAX) return undefined;
  return { capabilities: cut, clientInfo: boundedInfo(clientInfo) };
}

function boundedInfo(clientInfo: JsonObject): JsonObject {
  const { name, version } = clientInfo;
  const named = { name: shortText(name), version: shortText(version) };
  return isJsonObject(clientInfo) && charsOf(clientInfo) <= CLIENT_OFFER_CHARS_MAX
    ? { ...clientInfo, ...named }
    : named;
}

/** Both are required at initialize, and need not be there in the stateless era. */
function shortText(value: unknown): string {
  return typeof value === 'string' && value.length <= CLIENT_OFFER_CHARS_MAX ? value : 'unknown';
}

function charsOf(value: JsonObject): number {
  return JSON.stringify(value).length;
}
