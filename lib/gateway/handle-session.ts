import { checkStreamHeaders, checkVersion } from './check-request.ts';
import { EventStream } from './event-stream.ts';
import { refuse, step, unavailable } from './refuse-exchange.ts';
import { listingCredential } from './listing-credential.ts';
import type { ActParts, Caller } from './parts.ts';
import { withReady } from './ready.ts';
import { isAt, type Session } from './session.ts';
import { closeUpstream } from './upstream-session.ts';

/** The caller's session, or 400 without a session id and 404 for one that is not, or no longer, theirs. */
export function findSession(parts: ActParts, caller: Caller, found: (session: Session) => void): void {
  const { exchange, principal } = caller;
  const id = exchange.header('mcp-session-id');
  if (id === undefined) {
    return parts.answers.refuse(exchange, {
      status: 400,
      message: 'Mcp-Session-Id is missing. Send initialize first.',
    });
  }
  parts.sessions.find(principal, id, (error, session) => {
    if (error !== null) unavailable(parts, exchange, error);
    else if (session !== undefined && isAt(session, caller.server))
      step(parts, exchange, () => found(session));
    else
      refuse(
        parts,
        exchange,
        404,
        'unknown_session',
        'This session has ended or is not yours. Send initialize again.',
      );
  });
}

export function handleGet(parts: ActParts, caller: Caller): void {
  const problem = checkStreamHeaders(caller.exchange);
  if (problem !== undefined) return parts.answers.refuse(caller.exchange, problem);
  findSession(parts, caller, (session) =>
    withReady(parts, caller, (ready) => new EventStream(parts, { ...caller, ...ready, session }).begin()),
  );
}

/** Ends the session here and upstream. */
export function handleDelete(parts: ActParts, caller: Caller): void {
  const { exchange } = caller;
  const problem = checkVersion(exchange);
  if (problem !== undefined) return parts.answers.refuse(exchange, problem);
  findSession(parts, caller, (session) => {
    parts.sessions.end(session).then(
      () => {
        parts.flights.closeStreams((other) => other.hash === session.hash);
        endUpstream(parts, caller, session);
        parts.answers.gone(exchange);
      },
      (error: unknown) => unavailable(parts, exchange, error),
    );
  });
}

/** Closes the upstream's half once the calls in it are through. Whether the upstream takes note is its own affair. */
export function endUpstream(parts: ActParts, { server }: Pick<Caller, 'server'>, session: Session): void {
  const { principal } = session;
  const close = async () => {
    await parts.minting.warm({ id: principal.tenant, slug: principal.tenantSlug });
    const credential = listingCredential(parts.minting, principal, server, 'session/end');
    if (!credential.ok) return;
    const { tenant } = principal;
    const target = { tenant, url: server.url, timeoutMs: server.timeoutMs, credential: credential.value };
    await closeUpstream(parts.upstream, target, session.state.upstream);
  };
  parts.flights.afterCalls(session, () => {
    close().catch((error: unknown) => {
      parts.telemetry.logger.warn(
        { err: error, server: server.id },
        "an upstream's session could not be ended",
      );
    });
  });
}
