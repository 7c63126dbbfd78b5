import { isJsonObject, type JsonObject } from '#lib/core';
import { readSubject } from './act-subject.ts';
import { isClean, judge } from './judge-subject.ts';
import type { AnswerLayout } from './locate-answer.ts';
import type { RpcRequest } from './parse-message.ts';
import type { ActContext, Parts, StreamContext } from './parts.ts';
import type { Session } from './session.ts';
import type { UpstreamFailure } from './upstream-failure.ts';
import type { UpstreamHead, UpstreamListener, ValueDigest } from './upstream-types.ts';
import type { Viewer } from './visible-offer.ts';

const UPDATED = 'notifications/resources/updated';

export function isSubscription(method: string): boolean {
  return method === 'resources/subscribe' || method === 'resources/unsubscribe';
}

/** What a session hears of once such a request was done. */
export function subscriptionsAfter({ state }: Session, { method, params }: RpcRequest): readonly string[] {
  const uri = params?.['uri'];
  const others = (state.upstream.subscriptions ?? []).filter((known) => known !== uri);
  return method === 'resources/subscribe' && typeof uri === 'string' ? [...others, uri] : others;
}

/** Notes in the session's row what the agent hears of from now on, before the agent is told that it does. */
export class NotedSubscription implements UpstreamListener {
  #parts: Parts;
  #context: Pick<ActContext, 'session' | 'message'>;
  #listener: UpstreamListener;

  constructor(parts: Parts, context: Pick<ActContext, 'session' | 'message'>, listener: UpstreamListener) {
    this.#parts = parts;
    this.#context = context;
    this.#listener = listener;
  }

  onAnswer(bytes: Buffer, layout: AnswerLayout, received?: ValueDigest): void {
    const tell = () => this.#listener.onAnswer(bytes, layout, received);
    if (layout.member === 'error') return tell();
    const { session, message } = this.#context;
    const subscriptions = subscriptionsAfter(session, message);
    const upstream = { ...session.state.upstream, subscriptions };
    this.#parts.sessions.save(session, { ...session.state, upstream }).then(tell, (error: unknown) => {
      this.#parts.telemetry.logger.error({ err: error }, 'a subscription could not be kept');
      this.#listener.onFailure({ kind: 'refused', message: 'agreed, but it could not be noted here.' });
    });
  }

  onFailure(failure: UpstreamFailure): void {
    this.#listener.onFailure(failure);
  }

  onEnd(): void {
    this.#listener.onEnd();
  }

  onMessage(message: JsonObject, data: string): void {
    this.#listener.onMessage(message, data);
  }

  onHead(head: UpstreamHead): void {
    this.#listener.onHead(head);
  }
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

/** Policy lets the agent read it today: that it once subscribed is no reason to hear more. */
export async function mayHear(parts: Parts, context: StreamContext, uri: string): Promise<boolean> {
  const { tenant, principal } = context;
  const engine = parts.policy.cachedEngine(tenant.id) ?? (await parts.policy.engine(tenant.id));
  const server =
    parts.registry.cached(tenant.id, principal.server) ??
    (await parts.registry.server(tenant.id, principal.server));
  return server !== undefined && mayRead({ ...context, server, engine }, parts.clock.now(), uri);
}

/** The same where nothing can be waited for: what is not known at once is as good as forbidden. */
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
