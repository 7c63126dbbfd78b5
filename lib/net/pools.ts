import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { Dispatcher, Pool } from 'undici';
import { createCheckedConnector } from './checked-connector.ts';
import {
  CLOSE_PATIENCE_MS,
  CONNECTIONS_MAX,
  HEADER_BYTES_MAX,
  POOLS_MAX,
  STREAM_CONNECTIONS_MAX,
} from './constants.ts';
import { destinationOf, type EgressRules } from './egress-rules.ts';
import type { ConnectionUse, EgressActivity, EgressClass, ResolveHost } from './types.ts';

interface PoolsParts {
  readonly rules: EgressRules;
  readonly resolveHost: ResolveHost;
  readonly timeoutMs: number;
}

/** Connection pools by class, origin and use, bounded in number and in connections. */
export class Pools {
  readonly #parts: PoolsParts;
  readonly #closing = new Map<Pool, Promise<void>>();
  readonly #pools: LRUCache<string, Pool>;

  constructor(parts: PoolsParts) {
    this.#parts = parts;
    this.#pools = new LRUCache({ max: POOLS_MAX, dispose: (pool) => this.#retire(pool) });
  }

  of(egressClass: EgressClass, origin: string, use: ConnectionUse): Pool {
    const key = `${egressClass} ${use} ${origin}`;
    let pool = this.#pools.get(key);
    if (pool === undefined || pool.closed || pool.destroyed) {
      pool = this.#open(egressClass, origin, use);
      this.#pools.set(key, pool);
    }
    return pool;
  }

  activity(): readonly EgressActivity[] {
    const byClass = new Map<EgressClass, EgressActivity>();
    for (const [key, { stats }] of this.#pools.entries()) {
      const egressClass = key.slice(0, key.indexOf(' ')) as EgressClass;
      const { running, waiting } = byClass.get(egressClass) ?? { running: 0, waiting: 0 };
      byClass.set(egressClass, {
        egressClass,
        running: running + stats.running,
        waiting: waiting + stats.pending,
      });
    }
    return [...byClass.values()];
  }

  /** What still runs gets a moment; streams that would never end are then cut. */
  async close(): Promise<void> {
    this.#pools.clear();
    const patience = new AbortController();
    const late = sleep(CLOSE_PATIENCE_MS, undefined, { signal: patience.signal }).catch(() => undefined);
    await Promise.race([Promise.all(this.#closing.values()), late]);
    patience.abort();
    await Promise.all([...this.#closing.keys()].map(async (pool) => await pool.destroy()));
  }

  #open(egressClass: EgressClass, origin: string, use: ConnectionUse): Pool {
    const { rules, resolveHost, timeoutMs } = this.#parts;
    const destination = destinationOf(new URL(origin));
    return new Pool(origin, {
      connections: use === 'streams' ? STREAM_CONNECTIONS_MAX : CONNECTIONS_MAX[egressClass],
      pipelining: 1,
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      connect: createCheckedConnector({ rules, egressClass, destination, resolveHost }),
    });
  }

  #retire(pool: Pool): void {
    if (pool.closed || pool.destroyed) return;
    const closed = pool
      .close()
      .catch(() => undefined)
      .finally(() => this.#closing.delete(pool));
    this.#closing.set(pool, closed);
  }
}

/** One origin's pool, whichever it is at the moment. */
export class OriginDispatcher extends Dispatcher {
  readonly #pools: Pools;
  readonly #egressClass: EgressClass;
  readonly #origin: string;
  readonly #use: ConnectionUse;

  constructor(pools: Pools, egressClass: EgressClass, origin: string, use: ConnectionUse) {
    super();
    this.#pools = pools;
    this.#egressClass = egressClass;
    this.#origin = origin;
    this.#use = use;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    return this.#pools.of(this.#egressClass, this.#origin, this.#use).dispatch(options, handler);
  }
}
