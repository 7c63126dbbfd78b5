import { ok, type Result } from '#lib/core';
import { EVENT_BYTES_MAX } from './constants.ts';
import { listingCredential } from './listing-credential.ts';
import type { ActContext, Parts } from './parts.ts';
import type { UpstreamFailure } from './upstream-failure.ts';
import type { UpstreamSend } from './upstream-link.ts';

/** What is asked for when a session's own stream is opened: an upstream's GET, or in the stateless era a subscription. */
export function listenRequest(
  parts: Parts,
  { principal, server, session }: Pick<ActContext, 'principal' | 'server' | 'session'>,
  lastEventId?: string,
): Result<UpstreamSend, UpstreamFailure> {
  const { upstream } = session.state;
  const stateless = upstream.era === 'stateless';
  const method = stateless ? 'subscriptions/listen' : 'notifications/stream';
  const credential = listingCredential(parts.minting, principal, server, method);
  if (!credential.ok) return credential;
  const request = {
    tenant: principal.tenant,
    url: server.url,
    session: upstream,
    credential: credential.value,
    expects: 'stream',
    bytesMax: EVENT_BYTES_MAX,
  } as const;
  if (!stateless)
    return ok({ ...request, method: 'GET', ...(lastEventId === undefined ? {} : { lastEventId }) });
  // The server honours what it has; what it has not it does not say.
  const notifications = {
    toolsListChanged: true,
    promptsListChanged: true,
    resourcesListChanged: true,
    ...(upstream.subscriptions === undefined ? {} : { resourceSubscriptions: upstream.subscriptions }),
    ...(upstream.taskIds === undefined ? {} : { taskIds: upstream.taskIds }),
  };
  const body = { jsonrpc: '2.0', id: 'listen', method, params: { notifications } };
  return ok({ ...request, method: 'POST', body: JSON.stringify(body) });
}
