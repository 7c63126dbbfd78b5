import { err, ok, type JsonObject, type Result } from '#lib/core';
import { answerDiscover } from './answer-discover.ts';
import { withUpstream } from './bring-upstream.ts';
import { findHeaderMismatch, findVersionMismatch } from './check-mirrored-headers.ts';
import { decideAct } from './decide-act.ts';
import { handleExtension } from './handle-task.ts';
import { openSubscription } from './open-subscription.ts';
import type { RpcNotification, RpcRequest } from './parse-message.ts';
import type { ActContext, ActParts, Caller } from './parts.ts';
import {
  findVersionProblem,
  readEnvelope,
  withoutEnvelope,
  type Envelope,
  type EraRefusal,
} from './read-envelope.ts';
import { withReady } from './ready.ts';
import { guarded, refuseMessage } from './refuse-exchange.ts';
import { isListMethod, relayList } from './relay-list.ts';
import { relayFailure } from './relay-plain.ts';
import { splitRetry } from './resume-held.ts';
import { openStateless } from './stateless-session.ts';
import { EXTENSION_METHODS } from './task-extension.ts';

const INVALID_PARAMS = -32_602;
const METHOD_NOT_FOUND = -32_601;

/** Answered here, or of everybody's revision; of tasks it is the server behind that decides. */
const METHODS: ReadonlySet<string> = new Set([
  ...'server/discover subscriptions/listen tools/call prompts/get resources/read completion/complete'.split(
    ' ',
  ),
  ...EXTENSION_METHODS,
]);
/** What the revision took away, whatever a server's `allow_methods` say: the words mean something else now, or nothing. */
const REMOVED: ReadonlySet<string> = new Set(
  'initialize ping logging/setLevel resources/subscribe resources/unsubscribe'.split(' '),
);

/** One message of the stateless era: all that goes with it comes along (MCP 2026-07-28, transports). */
export function handleStateless(
  parts: ActParts,
  caller: Caller,
  message: RpcRequest | RpcNotification,
): void {
  const read = readStateless(caller, message);
  const id = message.kind === 'request' ? message.id : null;
  if (!read.ok) return refuseMessage(parts, caller, { status: 400, id, ...read.error });
  // The revision has no notification of a client over HTTP: a call is cancelled by closing its stream.
  if (message.kind === 'notification') return parts.answers.accepted(caller.exchange);
  if (!isThere(caller, message.method)) {
    const text = `Unknown method: ${message.method}`;
    return parts.answers.refuse(caller.exchange, { status: 404, code: METHOD_NOT_FOUND, id, message: text });
  }
  const session = read.value && openStateless(parts.pool, caller.principal, caller.server, read.value);
  if (session?.single === undefined) {
    const text = 'The client capabilities are larger than what is passed on here.';
    return refuseMessage(parts, caller, { status: 400, code: INVALID_PARAMS, id, message: text });
  }
  const { params, retry } = splitRetry(message.method, withoutEnvelope(message.params ?? {}));
  const bare: RpcRequest = { ...message, params, wireId: session.single.pooled.nextId() };
  const asked = { ...caller, session, message: bare, ...(retry === undefined ? {} : { retry }) };
  withReady(parts, caller, (ready) => dispatch(parts, { ...asked, ...ready }));
}

/** The envelope is there, the headers say what the body says, and the revision is spoken. */
function readStateless(
  { exchange }: Caller,
  message: RpcRequest | RpcNotification,
): Result<Envelope | undefined, EraRefusal> {
  const envelope = readEnvelope(message.params?.['_meta'] as JsonObject | undefined);
  if (!envelope.ok) return message.kind === 'notification' ? ok(undefined) : envelope;
  const { protocolVersion } = envelope.value;
  const problem =
    findVersionMismatch(exchange, message, protocolVersion) ??
    findVersionProblem(protocolVersion) ??
    findHeaderMismatch(exchange, message);
  return problem === undefined ? envelope : err(problem);
}

function isThere({ server }: Caller, method: string): boolean {
  if (METHODS.has(method) || isListMethod(method)) return true;
  return server.allowMethods.has(method) && !REMOVED.has(method) && !method.startsWith('tasks/');
}

function dispatch(parts: ActParts, context: ActContext): void {
  const { method } = context.message;
  if (method === 'subscriptions/listen') return openSubscription(parts, context);
  if (EXTENSION_METHODS.has(method)) return handleExtension(parts, context);
  const isList = isListMethod(method);
  if (!isList && method !== 'server/discover') return decideAct(parts, context);
  withUpstream(parts, context, (failure) => {
    if (!isList) answerDiscover(parts, context, failure);
    else if (failure === undefined) guarded(parts, context, () => relayList(parts, context));
    else relayFailure(parts, context, failure);
  });
}
