import { isJsonObject, type JsonObject, type Principal, type Result } from '#lib/core';
import type { PinnedServer } from '#lib/registry';
import { SESSION_MS_MAX } from './constants.ts';
import { ERA_META } from './era.ts';
import type { LogLevel } from './log-level.ts';
import type { SessionState, UpstreamSession } from './session.ts';
import type { UpstreamFailure } from './upstream-failure.ts';
import type { UpstreamFeed } from './upstream-feed.ts';

/** What a client can do for a server, and what it says it is. */
export type ClientOffer = SessionState['handshake'];

interface Opening {
  readonly lost: UpstreamSession | undefined;
  readonly opened: Promise<Result<void, UpstreamFailure>>;
}

/** One session at an upstream, for the stateless requests of one grant whose clients can do the same. */
export class PooledUpstream {
  readonly offer: ClientOffer;
  /** What clients of it can do, as text to compare by. */
  readonly abilities: string;
  /** Whoever used it last, and the server as they knew it: what opens and closes it speaks for them. */
  principal: Principal;
  server: PinnedServer;
  session: UpstreamSession | undefined;
  /** The result of initialize, as the upstream gave it. */
  result: JsonObject = {};
  /** Members of `_meta` by which results say whose they are; none for a server that does not say. */
  identity: JsonObject = {};
  /** The most talkative level that this session was asked for. */
  logLevel: LogLevel | undefined;
  /** What it says outside any call, while somebody has subscribed to that. */
  feed: UpstreamFeed | undefined;
  /** Opening, or opening anew what was `lost`: one at a time. */
  underWay: Opening | undefined;
  /** Whoever it was for lost access: it is not opened any more. */
  revoked = false;
  /** Monotonic milliseconds. */
  usedAt = performance.now();
  #tasksUntil = -Infinity;
  #uses = 0;
  #nextId = 1;
  #whenUnused: (() => void) | undefined;

  constructor(principal: Principal, server: PinnedServer, offer: ClientOffer, abilities: string) {
    this.principal = principal;
    this.server = server;
    this.offer = offer;
    this.abilities = abilities;
  }

  /** A JSON-RPC id of this session's own: the clients that share it choose theirs without knowing of each other. */
  nextId(): number {
    return this.#nextId++;
  }

  opened(session: UpstreamSession, result: JsonObject): void {
    this.session = session;
    this.result = result;
    this.logLevel = undefined;
    this.identity = identityOf(result['serverInfo']);
    this.feed?.end();
  }

  /** A task was made in it, which its server may know in this session alone. */
  hasTask(ttl: unknown): void {
    const ms = typeof ttl === 'number' && ttl >= 0 ? Math.min(ttl, SESSION_MS_MAX) : SESSION_MS_MAX;
    this.#tasksUntil = Math.max(this.#tasksUntil, performance.now() + ms);
  }

  get mayHaveTasks(): boolean {
    return performance.now() < this.#tasksUntil;
  }

  get inUse(): boolean {
    return this.#uses > 0;
  }

  enter(): void {
    this.#uses += 1;
  }

  leave(): void {
    this.#uses -= 1;
    this.usedAt = performance.now();
    if (this.#uses === 0) this.#whenUnused?.();
  }

  /** Runs whenever no request is under way in it any more; at once when none is. */
  whenUnused(run: () => void): void {
    this.#whenUnused = run;
    if (this.#uses === 0) run();
  }
}

/** Name and version alone: what else a server says of itself may be large, and belongs to `server/discover`. */
function identityOf(serverInfo: unknown): JsonObject {
  if (!isJsonObject(serverInfo)) return {};
  const { name, version } = serverInfo as { [key: string]: unknown };
  if (typeof name !== 'string' || typeof version !== 'string') return {};
  return { [ERA_META.serverInfo]: { name, version } };
}
