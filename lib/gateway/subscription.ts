import { isJsonObject, type JsonObject } from '#lib/core';
import { KEEP_ALIVE_MS, STREAM_BACKLOG_BYTES_MAX, STREAM_MS_MAX } from './constants.ts';
import { ERA_META } from './era.ts';
import { COMPLETE } from './era-result.ts';
import type { OpenStream } from './flights.ts';
import { LIST_CHANGES, OfferWatch, type ListName, type OfferNews } from './offer-watch.ts';
import type { ActContext, ActParts } from './parts.ts';
import { filterJson, type SubscriptionFilter } from './read-filter.ts';
import { eventText } from './rpc-text.ts';
import type { Session } from './session.ts';
import { withoutOurMeta } from './strip-meta.ts';
import { mayRead } from './subscriptions.ts';
import { NOT_SWEPT, type Swept } from './sweeper.ts';
import { taskNotification, TaskNews } from './task-news.ts';
import { joinFeed, type FeedListener } from './upstream-feed.ts';

/** By which the lists are asked for. */
const FLAGS = {
  tools: 'toolsListChanged',
  prompts: 'promptsListChanged',
  resources: 'resourcesListChanged',
} as const satisfies Record<ListName, keyof SubscriptionFilter>;
const NOTHING: SubscriptionFilter = {
  toolsListChanged: false,
  promptsListChanged: false,
  resourcesListChanged: false,
  resourceSubscriptions: [],
  taskIds: [],
};
const LISTS = Object.keys(FLAGS) as readonly ListName[];

/**
 * The stream of one subscriptions/listen: what the upstream says and the client asked for, and what policy and pins
 * change for this principal. It lives as long as both ends and the access do.
 */
export class Subscription implements OpenStream, FeedListener, OfferNews, Swept {
  sweepSlot = NOT_SWEPT;
  readonly session: Session;
  honoured: SubscriptionFilter = NOTHING;
  #parts: ActParts;
  #context: ActContext;
  #leaveFeed: (() => void) | undefined;
  #watch: OfferWatch | undefined;
  #tasks: TaskNews;
  #begun = false;
  #closed = false;
  #lastSign = performance.now();
  #endsAt = performance.now() + STREAM_MS_MAX;

  constructor(parts: ActParts, context: ActContext) {
    this.#parts = parts;
    this.#context = context;
    this.session = context.session;
    this.#tasks = new TaskNews(parts, context, (meta, members) =>
      this.#write(eventText(taskNotification(this.#marked(meta), members))),
    );
  }

  /** Takes its place before a server is asked for anything. False: there is none, and that was said. */
  reserve(): boolean {
    const { flights, receipts } = this.#parts;
    if (flights.openStream(this)) return true;
    receipts.refuse(this.#context.tenant.id, 'overloaded');
    this.#refuse('As many subscriptions as there may be are open. Close one first.');
    return false;
  }

  begin(honoured: SubscriptionFilter): void {
    const { answers, sweeper } = this.#parts;
    const { exchange } = this.#context;
    if (this.#closed) return this.#refuse('The subscription was ended before it was open.');
    this.#begun = true;
    this.honoured = honoured;
    const watched = LISTS.filter((list) => honoured[FLAGS[list]]);
    this.#watch = new OfferWatch(this.#parts, this.#context, watched);
    exchange.becomesStream();
    exchange.onClose(() => this.#stop());
    answers.startStream(exchange);
    this.#say('notifications/subscriptions/acknowledged', { notifications: filterJson(this.honoured) });
    if (Object.keys(filterJson(this.honoured)).length === 0) return this.close();
    // What changed while the resources were decided on was said to nobody.
    this.#watch.touch();
    sweeper.add(this);
    this.#leaveFeed = joinFeed(this.#parts, this.#context, this);
  }

  /** What the upstream says on its own stream. Nothing is passed on that was not asked for. */
  heard(message: JsonObject): void {
    const { method } = message;
    const params = isJsonObject(message['params']) ? message['params'] : {};
    const list = LISTS.find((name) => LIST_CHANGES[name].method === method);
    if (list !== undefined && this.honoured[FLAGS[list]]) this.changed(LIST_CHANGES[list].method, params);
    if (method === 'notifications/resources/updated' && this.#isSubscribed(params['uri']))
      this.#say(method, params);
    const { taskId } = params;
    if (
      (method === 'notifications/tasks' || method === 'notifications/tasks/status') &&
      typeof taskId === 'string' &&
      this.honoured.taskIds.includes(taskId)
    )
      this.#tasks.changed(taskId);
  }

  offerChanged(): void {
    this.#watch?.touch();
  }

  changed(method: string, params: JsonObject = {}): void {
    this.#say(method, params);
  }

  gone(): void {
    this.close();
  }

  sweep(now: number): void {
    if (now >= this.#endsAt) return this.close();
    this.#watch?.sweep(now, this);
    this.#tasks.sweep(now);
    if (now - this.#lastSign >= KEEP_ALIVE_MS) this.#write(': open\n\n');
  }

  /** It was refused, or met a defect, before it was open. */
  leaveUnbegun(): void {
    if (!this.#begun) this.#stop();
  }

  /** Ends politely: the empty result says that nothing more will come. */
  close(): void {
    if (this.#closed) return;
    if (!this.#begun) return this.#stop();
    const { exchange, message } = this.#context;
    const id = JSON.stringify(message.id);
    const meta = JSON.stringify({ ...this.#identity(), [ERA_META.subscriptionId]: message.id });
    this.#write(eventText(`{"jsonrpc":"2.0","id":${id},"result":{${COMPLETE},"_meta":${meta}}}`));
    this.#stop();
    exchange.end();
  }

  #stop(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#parts.sweeper.delete(this);
    this.#leaveFeed?.();
    this.#parts.flights.closeStream(this);
  }

  #refuse(text: string): void {
    const { exchange, message } = this.#context;
    const headers = ['retry-after', '1'];
    this.#parts.answers.refuse(exchange, { status: 503, id: message.id, message: text, headers });
  }

  /** Of a resource that was asked for, or one below it, whoever may read it now is told. */
  #isSubscribed(uri: unknown): boolean {
    if (typeof uri !== 'string') return false;
    const isBelow = (parent: string) => uri.startsWith(`${parent.replace(/\/$/, '')}/`);
    const { resourceSubscriptions } = this.honoured;
    const viewer = this.#watch?.viewer;
    if (viewer === undefined || !resourceSubscriptions.some((known) => known === uri || isBelow(known)))
      return false;
    return mayRead(viewer, this.#parts.clock.now(), uri);
  }

  #identity(): JsonObject {
    return this.session.single?.pooled.identity ?? {};
  }

  #say(method: string, said: JsonObject): void {
    const params = withoutOurMeta(said);
    const _meta = this.#marked(isJsonObject(params['_meta']) ? params['_meta'] : {});
    this.#write(eventText(JSON.stringify({ jsonrpc: '2.0', method, params: { ...params, _meta } })));
  }

  /** Every message names the subscription that it belongs to. */
  #marked(meta: JsonObject): JsonObject {
    return { ...meta, [ERA_META.subscriptionId]: this.#context.message.id };
  }

  #write(text: string): void {
    if (this.#closed) return;
    this.#lastSign = performance.now();
    if (this.#context.exchange.write(text) <= STREAM_BACKLOG_BYTES_MAX) return;
    this.#stop();
    this.#context.exchange.end();
  }
}
