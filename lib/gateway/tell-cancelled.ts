import { listingCredential } from './listing-credential.ts';
import { wireIdOf } from './parse-message.ts';
import type { ActContext, Parts } from './parts.ts';
import type { UpstreamCall } from './upstream-types.ts';

/** How much of an upstream's answer to a notification is read. */
const ANSWER_BYTES_MAX = 1_024;

/**
 * Tells an upstream that nobody waits for its answer any more. Whether it takes note is its own affair. In the stateless
 * era the closed stream has said so, or the pipe.
 */
export function tellCancelled(
  parts: Parts,
  context: ActContext,
  call: UpstreamCall | undefined,
  reason: string,
): void {
  const { principal, server, session, message } = context;
  if (call === undefined || call.cancelsItself === true) return;
  if (session.state.upstream.era === 'stateless') return;
  const credential = listingCredential(parts.minting, principal, server, 'notifications/cancelled');
  if (!credential.ok) return;
  const params = JSON.stringify({ requestId: wireIdOf(message), reason });
  const notification = {
    tenant: principal.tenant,
    url: server.url,
    session: session.state.upstream,
    credential: credential.value,
    body: `{"jsonrpc":"2.0","method":"notifications/cancelled","params":${params}}`,
  } as const;
  const request = {
    ...notification,
    method: 'POST',
    expects: 'acceptance',
    bytesMax: ANSWER_BYTES_MAX,
  } as const;
  const said = parts.lastWords.begin(principal.tenant);
  if (said !== undefined) void parts.upstream.ask(request, server.timeoutMs).then(said);
}
