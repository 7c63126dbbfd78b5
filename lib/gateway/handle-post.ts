import { answerQuestion } from './answer-question.ts';
import { checkPostHeaders, checkVersion } from './check-request.ts';
import { decideBounded } from './decide-bounded.ts';
import { findSession } from './handle-session.ts';
import { handleStateless } from './handle-stateless.ts';
import { handleTask } from './handle-task.ts';
import { openSession } from './open-session.ts';
import { parseMessage, type RpcMessage, type RpcRequest } from './parse-message.ts';
import type { ActContext, ActParts, Caller, Ready } from './parts.ts';
import { asStateless } from './read-envelope.ts';
import { withReady } from './ready.ts';
import { guarded, refuse, refuseMessage, step } from './refuse-exchange.ts';
import { isListMethod, relayList } from './relay-list.ts';
import { relayNotification, relayPlain } from './relay-plain.ts';
import { resultText } from './rpc-text.ts';
import type { Session } from './session.ts';
import { isOfferedTaskMethod, withoutUnofferedTask } from './task-methods.ts';

/** One message from an agent. */
export function handlePost(parts: ActParts, caller: Caller): void {
  const { exchange } = caller;
  const problem = checkPostHeaders(exchange);
  if (problem !== undefined) return refuseMessage(parts, caller, problem);
  exchange.readBody(parts.config.bodyBytesMax, (outcome) => {
    if (outcome.kind === 'body') step(parts, exchange, () => readMessage(parts, caller, outcome.bytes));
    else if (outcome.kind === 'too_large') {
      const message = `The body is larger than ${parts.config.bodyBytesMax} bytes, which is the limit here.`;
      refuse(parts, exchange, 413, 'body_too_large', message, ['connection', 'close']);
    }
  });
}

function readMessage(parts: ActParts, caller: Caller, bytes: Uint8Array): void {
  const body = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parsed = parseMessage(body);
  if (!parsed.ok) return refuseMessage(parts, caller, { status: 400, ...parsed.error });
  const message = parsed.value;
  const stateless = asStateless(message, caller.exchange.header('mcp-protocol-version'));
  if (stateless !== undefined) return handleStateless(parts, caller, stateless);
  const problem = checkVersion(caller.exchange);
  if (problem !== undefined) return refuseMessage(parts, caller, problem);
  if (message.kind === 'request' && message.method === 'initialize') {
    return guarded(parts, caller, () =>
      withReadyPromise(parts, caller).then((ready) => openSession(parts, { ...caller, ...ready }, message)),
    );
  }
  findSession(parts, caller, (session) => handleMessage(parts, caller, session, message));
}

function handleMessage(parts: ActParts, caller: Caller, session: Session, message: RpcMessage): void {
  switch (message.kind) {
    case 'request':
      return handleRequest(parts, caller, session, message);
    case 'notification':
      return withReady(parts, caller, () =>
        guarded(parts, caller, () => relayNotification(parts, caller, session, message)),
      );
    case 'response':
      return answerQuestion(parts, caller, session, message.whole);
  }
}

function handleRequest(parts: ActParts, caller: Caller, session: Session, message: RpcRequest): void {
  if (message.method === 'ping') {
    return parts.answers.json(caller.exchange, 200, resultText(message.id, '{}'));
  }
  withReady(parts, caller, (ready) => dispatch(parts, { ...caller, ...ready, session, message }));
}

function dispatch(parts: ActParts, context: ActContext): void {
  const { method } = context.message;
  if (isListMethod(method)) guarded(parts, context, () => relayList(parts, context));
  else if (method === 'logging/setLevel') guarded(parts, context, () => relayPlain(parts, context));
  else if (isOfferedTaskMethod(context.session, method))
    guarded(parts, context, () => handleTask(parts, context));
  else decideBounded(parts, withoutUnofferedTask(context));
}

function withReadyPromise(parts: ActParts, caller: Caller): Promise<Ready> {
  return new Promise((resolve) => withReady(parts, caller, resolve));
}
