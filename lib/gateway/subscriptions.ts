import { isJsonObject, type JsonObject } from '#lib/core';
import { readSubject } from './act-subject.ts';
import { isClean, judge } from './judge-subject.ts';
import { SUBSCRIBED_RESOURCES_MAX } from './constants.ts';
import type { NoteAnswer } from './noted-answer.ts';
import type { RpcRequest } from './parse-message.ts';
import type { ActContext, Parts, StreamContext } from './parts.ts';
import { isSameUpstream, type Session, type SessionState, type UpstreamSession } from './session.ts';
import type { Viewer } from './visible-offer.ts';

const UPDATED = 'notifications/resources/updated';

export function isSubscription(method: string): boolean {
  return method === 'resources/subscribe' || method === 'resources/unsubscribe';
}

/** What a session hears of once such a request was done. */
export function subscriptionsAfter(
  { upstream }: SessionState,
  { method, params }: RpcRequest,
): readonly string[] {
  const uri = params?.['uri'];
  const others = (upstream.subscriptions ?? []).filter((known) => known !== uri);
  return method === 'resources/subscribe' && typeof uri === 'string' ? [...others, uri] : others;
}

/** Notes in the session's row what the agent hears of from now on; undefined for what is no subscription of a session. */
export function noteSubscription(
  parts: Parts,
  { session, message }: Pick<ActContext, 'session' | 'message'>,
): NoteAnswer | undefined {
  if (!isSubscription(message.method) || session.single !== undefined) return undefined;
  const asked = session.state.upstream;
  return async () => {
    if (!(await changeSubscriptions(parts, session, message, asked)))
      throw new Error(
        'the session has another half at its server by now, or as many subscriptions as it may',
      );
  };
}

/** Whether it is noted: not in a half of the session that was not asked, nor beyond what is kept. */
export async function changeSubscriptions(
  parts: Parts,
  session: Session,
  message: RpcRequest,
  asked: UpstreamSession,
): Promise<boolean> {
  let isNoted = false;
  await parts.sessions.change(session, (state) => {
    const subscriptions = subscriptionsAfter(state, message);
    isNoted = isSameUpstream(state.upstream, asked) && subscriptions.length <= SUBSCRIBED_RESOURCES_MAX;
    return isNoted ? { ...state, upstream: { ...state.upstream, subscriptions } } : undefined;
  });
  return isNoted;
}

/** The URI of a message that says that a resource has changed. */
export function updatedUri({ method, params }: JsonObject): string | undefined {
  if (method !== UPDATED) return undefined;
  const uri = isJsonObject(params) ? params['uri'] : undefined;
  return typeof uri === 'string' ? uri : '';
}

/** The session subscribed to it, or to something that it is part of (MCP 2025-11-25, resources). */
export function isSubscribed({ state }: Session, uri: string): boolean {
  return (state.upstream.subscriptions ?? []).some((known) => {
    if (!uri.startsWith(known)) return false;
    const next = uri[known.length];
    return next === undefined || BOUNDARIES.has(next) || BOUNDARIES.has(known.slice(-1));
  });
}

/** Where a part of a URI ends. */
const BOUNDARIES: ReadonlySet<string> = new Set(['/', '?', '#']);

/** Policy lets the agent read it today, as far as is known at once: that it once subscribed is no reason to hear more. */
export function mayHearNow(parts: Parts, context: StreamContext, uri: string): boolean {
  const { tenant, principal } = context;
  const engine = parts.policy.cachedEngine(tenant.id);
  const server = parts.registry.cached(tenant.id, principal.server);
  if (engine === undefined || server === undefined) return false;
  return mayRead({ ...context, server, engine }, parts.clock.now(), uri);
}

/** Decided as a reading of it would be. */
export function mayRead(viewer: Viewer, now: number, uri: string): boolean {
  const subject = readSubject(viewer.server, 'resources/read', { uri });
  return subject?.ok === true && isClean(judge({ ...viewer, receivedAt: now }, subject.value).decision);
}
