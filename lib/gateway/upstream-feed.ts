import type { JsonObject } from '#lib/core';
import { questionsToNobody } from './ask-on-stream.ts';
import { FEED_DELAY_MS_MAX, FEED_DELAY_MS_MIN, LISTING_BYTES_MAX } from './constants.ts';
import { listenRequest } from './listen-request.ts';
import { listingCredential } from './listing-credential.ts';
import type { ActContext, ActParts } from './parts.ts';
import type { PooledUpstream } from './pooled-upstream.ts';
import type { SubscriptionFilter } from './read-filter.ts';
import type { ServerQuestions } from './server-questions.ts';
import type { StatelessUpstream } from './session.ts';
import { withTasks } from './task-capability.ts';
import type { UpstreamFailure } from './upstream-failure.ts';
import type { UpstreamCall, UpstreamListener } from './upstream-types.ts';

/** A subscriber to what an upstream says outside any call. */
export interface FeedListener {
  readonly honoured: SubscriptionFilter;
  heard(message: JsonObject): void;
  /** Politely: what it subscribed to is lost, and has to be asked for anew. */
  close(): void;
}

/** What the listeners of a feed want to hear of, besides changes of lists. */
interface Wanted {
  readonly resources: ReadonlySet<string>;
  readonly tasks: ReadonlySet<string>;
}

/** Of tasks a server speaks to whom takes them alone. */
function wanting(session: StatelessUpstream, { resources, tasks }: Wanted): StatelessUpstream {
  const asked = { ...session, subscriptions: [...resources] };
  if (tasks.size === 0) return asked;
  return { ...asked, capabilities: withTasks(session.capabilities), taskIds: [...tasks] };
}

/** Subscribes to the feed of the caller's upstream session, which is opened for the first; what is returned leaves it. */
export function joinFeed(parts: ActParts, context: ActContext, listener: FeedListener): () => void {
  const pooled = context.session.single?.pooled;
  if (pooled === undefined) throw new Error('a subscription without an upstream session of the pool');
  const feed = (pooled.feed ??= new UpstreamFeed(parts, context, pooled));
  feed.join(listener);
  return () => feed.leave(listener);
}

/**
 * The one stream of a pooled session, for all who subscribed through it: servers seldom give more than one. It is taken up
 * again when it ends; a server that gives none is not asked again. One without sessions is told with the stream which
 * resources are wanted, and so is asked for another one when those are more.
 */
export class UpstreamFeed implements UpstreamListener {
  #parts: ActParts;
  #context: ActContext;
  #pooled: PooledUpstream;
  #listeners = new Set<FeedListener>();
  #exchange: UpstreamCall | undefined;
  /** Resources and tasks that the stream was asked for with. */
  #told: Wanted = { resources: new Set(), tasks: new Set() };
  #delayMs = FEED_DELAY_MS_MIN;
  /** What the upstream asks on this stream, where no client of this era can be asked. */
  #questions: ServerQuestions;

  constructor(parts: ActParts, context: ActContext, pooled: PooledUpstream) {
    this.#parts = parts;
    this.#context = context;
    this.#pooled = pooled;
    this.#questions = questionsToNobody(parts, context);
  }

  join(listener: FeedListener): void {
    const isFirst = this.#listeners.size === 0;
    this.#listeners.add(listener);
    const before = this.#exchange;
    if (isFirst || this.#tellsTooLittle()) this.#connect();
    if (before !== this.#exchange) before?.abort();
  }

  /** The session is gone, and what was subscribed to in it: that has to be decided and asked for anew. */
  end(): void {
    this.#forget();
    this.#exchange?.abort();
    for (const listener of this.#listeners) listener.close();
  }

  leave(listener: FeedListener): void {
    if (!this.#listeners.delete(listener)) return;
    for (const uri of this.#pooled.feed === this ? listener.honoured.resourceSubscriptions : []) {
      if (!this.#wanted().resources.has(uri)) this.#unsubscribe(uri);
    }
    if (this.#listeners.size > 0) return;
    this.#exchange?.abort();
    this.#forget();
  }

  onHead(): void {
    this.#delayMs = FEED_DELAY_MS_MIN;
  }

  onMessage(message: JsonObject): void {
    if (message['id'] === undefined) {
      for (const listener of this.#listeners) listener.heard(message);
    } else if (!this.#questions.hear(message)) this.end();
  }

  /** In place of a stream: the server knows none. */
  onAnswer(): void {}

  onEnd(): void {
    this.#exchange = undefined;
    this.#reconnectLater();
  }

  onFailure(failure: UpstreamFailure): void {
    this.#exchange = undefined;
    if (failure.kind === 'session_lost') this.end();
    // A server that says nothing outside of calls: what policy and pins change is told all the same.
    else if (failure.httpStatus !== 405) this.#reconnectLater();
  }

  #connect(): void {
    const { principal, server, session } = this.#pooled;
    if (session === undefined) return this.#reconnectLater();
    this.#told = this.#wanted();
    const upstream = session.era === 'stateless' ? wanting(session, this.#told) : session;
    const asked = { ...this.#context.session, state: { ...this.#context.session.state, upstream } };
    const request = listenRequest(this.#parts, { principal, server, session: asked });
    if (!request.ok) return this.#reconnectLater();
    this.#exchange = this.#parts.upstream.send(request.value, this);
  }

  #tellsTooLittle(): boolean {
    if (this.#pooled.session?.era !== 'stateless') return false;
    const { resources, tasks } = this.#wanted();
    const told = this.#told;
    return (
      [...resources].some((uri) => !told.resources.has(uri)) || [...tasks].some((id) => !told.tasks.has(id))
    );
  }

  #wanted(): Wanted {
    const honoured = [...this.#listeners].map((listener) => listener.honoured);
    return {
      resources: new Set(honoured.flatMap(({ resourceSubscriptions }) => resourceSubscriptions)),
      tasks: new Set(honoured.flatMap(({ taskIds }) => taskIds)),
    };
  }

  #reconnectLater(): void {
    const delayMs = this.#delayMs;
    this.#delayMs = Math.min(delayMs * 2, FEED_DELAY_MS_MAX);
    setTimeout(() => void this.#reconnect(), delayMs).unref();
  }

  async #reconnect(): Promise<void> {
    const { tenant } = this.#context;
    await this.#parts.minting.warm(tenant).catch(() => undefined);
    // Whoever joined meanwhile may have connected already.
    if (this.#listeners.size > 0 && this.#exchange === undefined) this.#connect();
  }

  #forget(): void {
    if (this.#pooled.feed === this) this.#pooled.feed = undefined;
  }

  /** Nobody listens for it any more. Whether the upstream takes note is its own affair. */
  #unsubscribe(uri: string): void {
    const { principal, server, session } = this.#pooled;
    const credential = listingCredential(this.#parts.minting, principal, server, 'resources/unsubscribe');
    if (!credential.ok || session?.era !== 'session') return;
    const id = this.#pooled.nextId();
    const body = JSON.stringify({ jsonrpc: '2.0', id, method: 'resources/unsubscribe', params: { uri } });
    const { tenant } = principal;
    const told = { tenant, url: server.url, session, credential: credential.value, body } as const;
    const request = { ...told, method: 'POST', expects: 'answer', bytesMax: LISTING_BYTES_MAX } as const;
    void this.#parts.upstream.ask(request, server.timeoutMs);
  }
}
