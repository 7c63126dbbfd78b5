import { err, isJsonObject, ok, type JsonObject, type Result } from '#lib/core';
import { COUNTERSIGN_ERROR_CODE, LISTING_BYTES_MAX, UPSTREAM_TEXT_CHARS_MAX } from './constants.ts';
import { readAnswerFor } from './act-answer.ts';
import { isDeclared } from './client-capabilities.ts';
import { listingCredential } from './listing-credential.ts';
import { isLogLevel, LOG_LEVELS, type LogLevel } from './log-level.ts';
import { observeRelay } from './observe-relay.ts';
import type { RpcNotification } from './parse-message.ts';
import type { ActContext, ActParts, Caller, Parts } from './parts.ts';
import { errorText, resultText } from './rpc-text.ts';
import type { PinnedServer } from '#lib/registry';
import type { Session } from './session.ts';
import { withoutOurMeta, withoutTaskMeta } from './strip-meta.ts';
import type { UpstreamAnswer } from './upstream-link.ts';
import { nonsense, statusOf, type UpstreamFailure } from './upstream-failure.ts';

const INVALID_PARAMS = -32_602;

/** A request that is neither decided nor receipted (logging/setLevel): there and back, unchanged. */
export async function relayPlain(parts: ActParts, context: ActContext): Promise<void> {
  await observeRelay(parts, context, async (observed) => await relayAsItIs(parts, observed));
}

async function relayAsItIs(parts: ActParts, context: ActContext): Promise<void> {
  const { session, message } = context;
  const { id, method, params } = message;
  if (session.state.upstream.era === 'stateless') return keepLogLevel(parts, context);
  const body = JSON.stringify({
    jsonrpc: '2.0',
    id,
    method,
    ...(params === undefined ? {} : { params: withoutTaskMeta(withoutOurMeta(params)) }),
  });
  const answer = await sendInSession(parts, context, body, LISTING_BYTES_MAX);
  if (!answer.ok) return relayFailure(parts, context, answer.error);
  if (answer.value.layout.member === 'result') await noteLogLevel(parts, context);
  relayAnswer(parts, context, answer.value);
}

/** Kept, to be said again should the server lose its session. */
async function noteLogLevel(parts: ActParts, { session, message }: ActContext): Promise<void> {
  const level = message.params?.['level'];
  const { upstream } = session.state;
  if (message.method !== 'logging/setLevel' || !isLogLevel(level) || upstream.logLevel === level) return;
  await noteLevel(parts, session, level);
}

/** Beside what another replica may note of the same session. */
async function noteLevel(parts: ActParts, session: Session, logLevel: LogLevel): Promise<void> {
  await parts.sessions.change(session, (state) => ({ ...state, upstream: { ...state.upstream, logLevel } }));
}

/** The stateless era has the level in each request, so that it is the session here that remembers it. */
async function keepLogLevel(parts: ActParts, { exchange, session, message }: ActContext): Promise<void> {
  const level = message.params?.['level'];
  if (!isLogLevel(level)) {
    const text = `The level must be one of ${LOG_LEVELS.join(', ')}.`;
    return parts.answers.json(exchange, 200, errorText(message.id, INVALID_PARAMS, text));
  }
  await noteLevel(parts, session, level);
  parts.answers.json(exchange, 200, resultText(message.id, '{}'));
}

/** Asks in the session, and once more in a new one where the upstream has lost it. */
export async function sendInSession(
  parts: ActParts,
  context: ActContext,
  body: string,
  bytesMax: number,
): Promise<Result<UpstreamAnswer, UpstreamFailure>> {
  const { principal, server, session } = context;
  const sentIn = session.state.upstream;
  const first = await ask(parts, context, body, bytesMax);
  if (first.ok || first.error.kind !== 'session_lost') return first;
  const revived = await parts.revive(principal, server, session, sentIn);
  return revived.ok ? ask(parts, context, body, bytesMax) : revived;
}

async function ask(
  parts: Parts,
  { principal, server, session, message }: ActContext,
  body: string,
  bytesMax: number,
): Promise<Result<UpstreamAnswer, UpstreamFailure>> {
  const credential = listingCredential(parts.minting, principal, server, message.method);
  if (!credential.ok) return credential;
  const request = {
    tenant: principal.tenant,
    url: server.url,
    session: session.state.upstream,
    credential: credential.value,
    server,
    body,
    bytesMax,
  } as const;
  const answer = await parts.upstream.ask(
    { ...request, method: 'POST', expects: 'answer' },
    server.timeoutMs,
  );
  if (!answer.ok) return answer;
  return answer.value === undefined ? err(nonsense('no answer')) : ok(answer.value);
}

/** The upstream's own words, without what only we may say. */
export function relayAnswer(parts: Parts, context: ActContext, answer: UpstreamAnswer): void {
  const { exchange, message, server } = context;
  const read = readAnswerFor(context, answer.bytes, answer.layout);
  if ('kind' in read) {
    context.noteFailure?.(statusOf(read));
    const text = `The server '${server.id}' ${read.message}`;
    return parts.answers.json(exchange, 200, errorText(message.id, COUNTERSIGN_ERROR_CODE, text));
  }
  if (read.layout.member === 'error') context.noteFailure?.('rpc_error');
  const value = read.bytes.toString('utf8', read.layout.value.start, read.layout.value.end);
  parts.answers.json(
    exchange,
    read.httpStatus,
    `{"jsonrpc":"2.0","id":${JSON.stringify(message.id)},"${read.layout.member}":${value}}`,
  );
}

export function relayFailure(
  parts: Parts,
  { exchange, message, server, noteFailure }: ActContext,
  failure: UpstreamFailure,
): void {
  noteFailure?.(statusOf(failure));
  const text = `The server '${server.id}' ${failure.message}`;
  parts.answers.json(exchange, 200, errorText(message.id, COUNTERSIGN_ERROR_CODE, text));
}

/** A client's notification. What concerns nothing that is relayed is accepted and goes no further. */
export async function relayNotification(
  parts: Parts,
  caller: Caller,
  session: Session,
  message: RpcNotification,
): Promise<void> {
  const { exchange, principal, server } = caller;
  if (message.method === 'notifications/cancelled') {
    cancelCall(parts, session, message.params);
    return parts.answers.accepted(exchange);
  }
  // The stateless era has no notifications from the client.
  const { upstream } = session.state;
  if (upstream.era === 'stateless' || !isRelayed(parts, server, session, message))
    return parts.answers.accepted(exchange);
  const credential = listingCredential(parts.minting, principal, server, message.method);
  const params =
    message.params === undefined ? {} : { params: withoutTaskMeta(withoutOurMeta(message.params)) };
  const body = JSON.stringify({ jsonrpc: '2.0', method: message.method, ...params });
  const { tenant } = principal;
  const request = { tenant, url: server.url, session: upstream, method: 'POST', body } as const;
  const answer = credential.ok
    ? await parts.upstream.ask(
        { ...request, credential: credential.value, expects: 'acceptance', bytesMax: LISTING_BYTES_MAX },
        server.timeoutMs,
      )
    : credential;
  if (answer.ok) return parts.answers.accepted(exchange);
  parts.answers.refuse(exchange, {
    status: 502,
    message: `The server '${server.id}' ${answer.error.message}`,
  });
}

/**
 * What an admin allowed by name is a request, which is decided and receipted: without its id it would come through
 * undecided, and some servers act on it all the same. So a notification has to be called one.
 */
function isRelayed(
  { questions }: Parts,
  server: PinnedServer,
  session: Session,
  { method, params }: RpcNotification,
): boolean {
  if (method === 'notifications/initialized') return true;
  // Of a question that waits for this very client, whose server asked to hear how far it is.
  if (method === 'notifications/progress') return questions.isProgressing(session, params?.['progressToken']);
  if (method === 'notifications/roots/list_changed')
    return isDeclared(session.state.handshake.capabilities, 'roots');
  return method.startsWith('notifications/') && server.allowMethods.has(method);
}

function cancelCall(parts: Parts, session: Session, params: JsonObject | undefined): void {
  const { requestId, reason } = (isJsonObject(params) ? params : {}) as { [key: string]: unknown };
  if (typeof requestId !== 'string' && typeof requestId !== 'number') return;
  parts.flights
    .find(session, requestId)
    ?.cancel(
      typeof reason === 'string' ? reason.slice(0, UPSTREAM_TEXT_CHARS_MAX) : 'cancelled by the client',
    );
}
