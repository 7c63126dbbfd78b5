import { isJsonObject, type JsonObject } from '#lib/core';
import type { DefinitionKind } from '#lib/registry';
import { KEEP_ALIVE_MS, STREAM_BACKLOG_BYTES_MAX, STREAM_MS_MAX } from './constants.ts';
import { ERA_META } from './era.ts';
import { COMPLETE } from './era-result.ts';
import type { OpenStream } from './flights.ts';
import type { ActContext, ActParts } from './parts.ts';
import { filterJson, type SubscriptionFilter } from './read-filter.ts';
import { eventText } from './rpc-text.ts';
import type { Session } from './session.ts';
import { withoutOurMeta } from './strip-meta.ts';
import { NOT_SWEPT, type Swept } from './sweeper.ts';
import { joinFeed, type FeedListener } from './upstream-feed.ts';
import { visibleSha256 } from './visible-offer.ts';

/** The changes of lists that can be asked for, with what is in the list. */
const LISTS = [
  { flag: 'toolsListChanged', method: 'notifications/tools/list_changed', kinds: ['tool'] },
  { flag: 'promptsListChanged', method: 'notifications/prompts/list_changed', kinds: ['prompt'] },
  {
    flag: 'resourcesListChanged',
    method: 'notifications/resources/list_changed',
    kinds: ['resource', 'template'],
  },
] as const satisfies readonly { flag: string; method: string; kinds: readonly DefinitionKind[] }[];

/**
 * The stream of one subscriptions/listen: what the upstream says and the client asked for, and what policy and pins
 * change for this principal. It lives as long as both ends and the access do.
 */
export class Subscription implements OpenStream, FeedListener, Swept {
  sweepSlot = NOT_SWEPT;
  readonly session: Session;
  readonly honoured: SubscriptionFilter;
  #parts: ActParts;
  #context: ActContext;
  #leaveFeed: (() => void) | undefined;
  #visible = new Map<string, string>();
  #closed = false;
  /** Policy or pins have changed since they were looked at. */
  #stale = false;
  #lastSign = performance.now();
  #endsAt = performance.now() + STREAM_MS_MAX;

  constructor(parts: ActParts, context: ActContext, honoured: SubscriptionFilter) {
    this.#parts = parts;
    this.#context = context;
    this.session = context.session;
    this.honoured = honoured;
  }

  begin(): void {
    const { answers, flights, receipts, sweeper } = this.#parts;
    const { exchange, message, tenant } = this.#context;
    if (!flights.openStream(this)) {
      receipts.refuse(tenant.id, 'overloaded');
      const text = 'As many subscriptions as there may be are open. Close one first.';
      const headers = ['retry-after', '1'];
      return answers.refuse(exchange, { status: 503, id: message.id, message: text, headers });
    }
    exchange.becomesStream();
    exchange.onClose(() => this.#stop());
    answers.startStream(exchange);
    this.#say('notifications/subscriptions/acknowledged', { notifications: filterJson(this.honoured) });
    if (Object.keys(filterJson(this.honoured)).length === 0) return this.close();
    this.#look();
    sweeper.add(this);
    this.#leaveFeed = joinFeed(this.#parts, this.#context, this);
  }

  /** What the upstream says on its own stream. Nothing is passed on that was not asked for. */
  heard(message: JsonObject): void {
    const { method } = message;
    const params = isJsonObject(message['params']) ? message['params'] : {};
    const list = LISTS.find((one) => one.method === method);
    if (list !== undefined && this.honoured[list.flag]) this.#say(list.method, params);
    if (method === 'notifications/resources/updated' && this.#isSubscribed(params['uri']))
      this.#say(method, params);
  }

  offerChanged(): void {
    this.#stale = true;
  }

  sweep(now: number): void {
    if (now >= this.#endsAt) return this.close();
    if (this.#stale && this.#parts.flights.mayLook(now)) {
      this.#stale = false;
      // What can't be reached is asked again soon; whoever reaches for it says so in the log.
      this.#lookAgain().catch(() => this.offerChanged());
    }
    if (now - this.#lastSign >= KEEP_ALIVE_MS) this.#write(': open\n\n');
  }

  /** Ends politely: the empty result says that nothing more will come. */
  close(): void {
    if (this.#closed) return;
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

  /** A resource below one that was asked for may be told of as well, to whoever may read it. */
  #isSubscribed(uri: unknown): boolean {
    if (typeof uri !== 'string') return false;
    const { resourceSubscriptions } = this.honoured;
    if (resourceSubscriptions.includes(uri)) return true;
    if (!resourceSubscriptions.some((parent) => uri.startsWith(`${parent.replace(/\/$/, '')}/`)))
      return false;
    const { principal, server, exchange, engine } = this.#context;
    const common = { principal, server, time: this.#parts.clock.now(), ip: exchange.ip };
    return engine.decide({ ...common, action: 'resources/read', resource: { uri } }).effect === 'allow';
  }

  /** The lists that have changed for this principal since they were last looked at. */
  #look(): readonly string[] {
    const viewer = { ...this.#context, receivedAt: this.#parts.clock.now() };
    return LISTS.filter(({ flag }) => this.honoured[flag]).flatMap(({ method, kinds }) => {
      const now = visibleSha256(viewer, kinds);
      const before = this.#visible.get(method);
      this.#visible.set(method, now);
      return before === undefined || before === now ? [] : [method];
    });
  }

  async #lookAgain(): Promise<void> {
    const { tenant, principal } = this.#context;
    const [server, engine] = await Promise.all([
      this.#parts.registry.server(tenant.id, principal.server),
      this.#parts.policy.engine(tenant.id),
    ]);
    if (this.#closed) return;
    if (server === undefined || server.state === 'unpinned') return this.close();
    this.#context = { ...this.#context, server, engine };
    for (const method of this.#look()) this.#say(method, {});
  }

  #identity(): JsonObject {
    return this.session.single?.pooled.identity ?? {};
  }

  #say(method: string, said: JsonObject): void {
    const params = withoutOurMeta(said);
    const meta = isJsonObject(params['_meta']) ? params['_meta'] : {};
    const _meta = { ...meta, [ERA_META.subscriptionId]: this.#context.message.id };
    this.#write(eventText(JSON.stringify({ jsonrpc: '2.0', method, params: { ...params, _meta } })));
  }

  #write(text: string): void {
    if (this.#closed) return;
    this.#lastSign = performance.now();
    if (this.#context.exchange.write(text) <= STREAM_BACKLOG_BYTES_MAX) return;
    this.#stop();
    this.#context.exchange.end();
  }
}
