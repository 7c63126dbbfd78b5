import type { ReceiptId } from '#lib/core';
import type { ActFacts } from './act-drafts.ts';
import { forwardedParams } from './act-subject.ts';
import { credentialAgain } from './decide-again.ts';
import { locateAnswer } from './locate-answer.ts';
import { NotedAnswer } from './noted-answer.ts';
import { NamelessCall } from './nameless-call.ts';
import { wireIdOf } from './parse-message.ts';
import type { ActContext, Parts } from './parts.ts';
import type { StatelessUpstream } from './session.ts';
import { AwaitedTask } from './await-task.ts';
import { changeSubscriptions, isSubscription, noteSubscription } from './subscriptions.ts';
import { mayBecomeTask, noteTask } from './task-answer.ts';
import { closeInputs } from './task-inputs.ts';
import { followerOf } from './task-follower.ts';
import { TaskLeg } from './task-leg.ts';
import { TaskListener } from './task-listener.ts';
import { ToldCall } from './told-call.ts';
import type { UpstreamCall, UpstreamListener } from './upstream-types.ts';
import type { UpstreamSend } from './upstream-link.ts';

/** What a server of the stateless era may want input for. */
const INPUT_METHODS: ReadonlySet<string> = new Set(['tools/call', 'prompts/get', 'resources/read']);

/** What goes along with one sending of an act. */
interface Sent {
  readonly credential: UpstreamSend['credential'];
  readonly trace: Parameters<typeof forwardedParams>[3];
}

type Called = Pick<ActContext, 'session' | 'message'>;

/**
 * Sends an act. At a server of the stateless era a subscription is kept here, for it is said with the stream, and every
 * round of a call has a token of its own for the same act.
 */
export function sendCall(
  parts: Parts,
  facts: ActFacts,
  callId: ReceiptId,
  sent: Sent,
  listener: UpstreamListener,
): UpstreamCall {
  const { context } = facts;
  context.exchange.away?.();
  const request = requestOf(parts, facts, callId, sent);
  const { upstream } = context.session.state;
  const { method } = context.message;
  if (upstream.era === 'session') {
    const { single } = context.session;
    if (single?.awaitsTask === true) return new AwaitedTask(parts, facts, callId, request, listener).begin();
    if (single !== undefined && context.task !== undefined)
      return new TaskLeg(parts, facts, callId, request, withTask(parts, facts, callId, listener)).begin(
        context.task.id,
        upstream,
      );
    const heard = hearing(parts, facts, callId, listener);
    if (mayBecomeTask(context)) return new NamelessCall(parts, context, request, heard).begin();
    return parts.upstream.send(request, heard);
  }
  if (isSubscription(method)) return keepSubscription(parts, context, upstream, listener);
  if (!INPUT_METHODS.has(method))
    return parts.upstream.send(request, withTask(parts, facts, callId, listener));
  const renew = () => credentialAgain(parts, facts, callId);
  const tasks = method === 'tools/call' ? followerOf(parts, facts, callId, request) : undefined;
  return parts.upstream.send(
    { ...request, renew, ...(tasks === undefined ? {} : { tasks }) },
    withTask(parts, facts, callId, listener),
  );
}

/** What a server with sessions says to an act, or to one that was taken up again, once it is noted what follows from it. */
export function hearing(
  parts: Parts,
  facts: ActFacts,
  callId: ReceiptId,
  listener: UpstreamListener,
): UpstreamListener {
  const { context } = facts;
  const note = noteSubscription(parts, context) ?? noteTask(parts, facts, callId);
  if (note === undefined) return listener;
  const noted = new NotedAnswer(parts, note, listener);
  return context.session.single?.tellsTasks === true ? new ToldCall(noted) : noted;
}

/** Whose a task is is noted before the agent hears of it, and what it asks is decided on. */
function withTask(
  parts: Parts,
  facts: ActFacts,
  callId: ReceiptId,
  listener: UpstreamListener,
): UpstreamListener {
  const { task, message, session } = facts.context;
  if (session.single === undefined) return listener;
  if (task !== undefined && message.method === 'tasks/get')
    return new TaskListener(parts, facts, callId, listener);
  if (task !== undefined && message.method === 'tasks/cancel' && session.state.upstream.era === 'stateless')
    return new NotedAnswer(parts, () => closeInputs(parts, facts, task.id), listener);
  const note = noteTask(parts, facts, callId);
  return note === undefined ? listener : new NotedAnswer(parts, note, listener);
}

function requestOf(
  parts: Parts,
  { context, subject }: ActFacts,
  callId: ReceiptId,
  { credential, trace }: Sent,
): UpstreamSend {
  const { tenant, server, session, message } = context;
  const id = JSON.stringify(wireIdOf(message));
  const params = forwardedParams(withTaskWish(session, message), subject, callId, trace);
  return {
    tenant: tenant.id,
    url: server.url,
    session: session.state.upstream,
    credential,
    method: 'POST',
    body: `{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(message.method)},"params":${params}}`,
    expects: 'answer',
    bytesMax: parts.config.resultBytesMax,
    server,
  };
}

/** To a server of 2025-11-25 it is the call that says that it is to become a task; for how long is the server's to say. */
function withTaskWish({ single, state }: ActContext['session'], { method, params }: ActContext['message']) {
  if (single === undefined || method !== 'tools/call' || state.upstream.era === 'stateless') return params;
  return single.tellsTasks || single.awaitsTask === true ? { ...params, task: {} } : params;
}

function keepSubscription(
  parts: Parts,
  { session, message }: Called,
  upstream: StatelessUpstream,
  listener: UpstreamListener,
): UpstreamCall {
  let given = false;
  const fail = (reason: string) => {
    if (!given) listener.onFailure({ kind: 'refused', message: reason });
  };
  const save = async () => {
    if (session.single === undefined) {
      if (!(await changeSubscriptions(parts, session, message, upstream)))
        return fail('is not asked to watch more resources of this session.');
      parts.flights.relisten(session);
    }
    const id = JSON.stringify(wireIdOf(message));
    const bytes = Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":{}}`);
    if (!given) listener.onAnswer(bytes, locateAnswer(bytes));
  };
  save().catch((error: unknown) => {
    parts.telemetry.logger.error({ err: error }, 'a subscription could not be kept');
    fail('could not be asked: the subscription could not be kept here.');
  });
  return {
    retryMs: undefined,
    abort: () => {
      given = true;
    },
    release: () => {},
  };
}
