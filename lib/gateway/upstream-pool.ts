import { LRUCache } from 'lru-cache';
import { canonicalJson, err, ok, type Principal, type Result } from '#lib/core';
import type { Minting } from '#lib/minting';
import type { PinnedServer } from '#lib/registry';
import type { Telemetry } from '#lib/telemetry';
import {
  POOLED_GRANTS_MAX,
  POOLED_IDLE_MS,
  POOLED_SESSIONS_MAX,
  POOL_CLOSE_MS,
  POOL_SWEEP_MS,
  PROTOCOL_VERSIONS,
} from './constants.ts';
import { listingCredential } from './listing-credential.ts';
import type { Eras } from './negotiate-era.ts';
import { PooledUpstream, type ClientOffer } from './pooled-upstream.ts';
import { accessOf, endsAccess, type Revocation } from './recent-revocations.ts';
import { isSameUpstream, type UpstreamSession } from './session.ts';
import { shakeHands } from './shake-hands.ts';
import type { UpstreamFailure } from './upstream-failure.ts';
import type { UpstreamLink } from './upstream-link.ts';
import { closeUpstream } from './upstream-session.ts';

type Opened = Result<void, UpstreamFailure>;

/**
 * Sessions at upstreams for clients that have none. One serves the requests of one grant, at one server, by clients that
 * can do the same: never two principals.
 */
export interface UpstreamPool {
  /** The one for this caller; nobody may have opened it yet. */
  upstreamFor(principal: Principal, server: PinnedServer, offer: ClientOffer): PooledUpstream;
  /** Opens it unless it is open; once for all who wait. */
  open(pooled: PooledUpstream): Promise<Opened>;
  /** Opens it anew, unless it is no longer the session that was lost. */
  revive(pooled: PooledUpstream, lost: UpstreamSession): Promise<Opened>;
  /** Forgets what a revocation ends, and ends it upstream once the calls in it are through. */
  revoke(notice: Revocation): void;
  /** Ends all but those in which tasks may live: another replica goes on with them. */
  close(): Promise<void>;
}

interface PoolParts {
  readonly upstream: UpstreamLink;
  readonly eras: Eras;
  readonly minting: Minting;
  readonly telemetry: Telemetry;
}

export function createUpstreamPool(parts: PoolParts): UpstreamPool {
  return new SessionPool(parts);
}

class SessionPool implements UpstreamPool {
  #parts: PoolParts;
  /** By grant and server; of each a few, the newest last. */
  #groups: LRUCache<string, PooledUpstream[]>;
  #timer: NodeJS.Timeout;

  constructor(parts: PoolParts) {
    this.#parts = parts;
    this.#groups = new LRUCache({
      max: POOLED_GRANTS_MAX,
      dispose: (group, _key, reason) => {
        if (reason === 'evict') for (const pooled of group) void this.#retire(pooled);
      },
    });
    this.#timer = setInterval(() => this.#endIdle(), POOL_SWEEP_MS).unref();
  }

  upstreamFor(principal: Principal, server: PinnedServer, offer: ClientOffer): PooledUpstream {
    const key = `${principal.tenant} ${principal.grant} ${server.id}`;
    const abilities = canonicalJson(offer.capabilities);
    const group = this.#groups.get(key) ?? [];
    const known = group.find((pooled) => fits(pooled, server, abilities));
    if (known !== undefined) {
      known.principal = principal;
      known.server = server;
      known.usedAt = performance.now();
      return known;
    }
    const made = new PooledUpstream(principal, server, offer, abilities);
    if (group.length >= POOLED_SESSIONS_MAX) {
      const taskless = group.findIndex(({ mayHaveTasks }) => !mayHaveTasks);
      for (const oldest of group.splice(Math.max(taskless, 0), 1)) void this.#retire(oldest);
    }
    group.push(made);
    this.#groups.set(key, group);
    return made;
  }

  open(pooled: PooledUpstream): Promise<Opened> {
    if (pooled.session !== undefined) return Promise.resolve(ok(undefined));
    return this.#once(pooled);
  }

  async revive(pooled: PooledUpstream, lost: UpstreamSession): Promise<Opened> {
    const { underWay } = pooled;
    if (underWay?.lost !== undefined && isSameUpstream(underWay.lost, lost)) return await this.#once(pooled);
    if (underWay !== undefined) {
      // Whoever began it does not know what was refused: what it brings may be what was lost.
      await underWay.opened.catch(() => undefined);
      return await this.revive(pooled, lost);
    }
    if (pooled.session !== undefined && !isSameUpstream(pooled.session, lost)) return ok(undefined);
    // Where another has failed to open it anew, what was lost still says what the server refused.
    pooled.session = undefined;
    return await this.#once(pooled, lost);
  }

  revoke(notice: Revocation): void {
    for (const [key, group] of this.#groups.entries()) {
      // All of a group have the same access: it is of one grant and server.
      if (!group.some(({ principal }) => endsAccess(notice, accessOf(principal)))) continue;
      this.#groups.delete(key);
      for (const pooled of group) {
        pooled.revoked = true;
        void this.#retire(pooled);
      }
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    const all = [...this.#groups.values()].flat().filter(({ mayHaveTasks }) => !mayHaveTasks);
    this.#groups.clear();
    const late = new Promise((resolve) => setTimeout(resolve, POOL_CLOSE_MS).unref());
    await Promise.race([Promise.all(all.map((pooled) => this.#retire(pooled))), late]);
  }

  async #once(pooled: PooledUpstream, lost?: UpstreamSession): Promise<Opened> {
    if (pooled.revoked) return err(REVOKED);
    pooled.underWay ??= {
      lost,
      opened: this.#shake(pooled, lost).finally(() => {
        pooled.underWay = undefined;
      }),
    };
    return await pooled.underWay.opened;
  }

  async #shake(pooled: PooledUpstream, lost: UpstreamSession | undefined): Promise<Opened> {
    const handshake = { protocolVersion: PROTOCOL_VERSIONS[0] as string, ...pooled.offer };
    const opened = await shakeHands(this.#parts, pooled.principal, pooled.server, handshake, lost);
    if (!opened.ok) return opened;
    pooled.opened(opened.value.session, opened.value.result);
    return ok(undefined);
  }

  #endIdle(): void {
    const before = performance.now() - POOLED_IDLE_MS;
    for (const [key, group] of this.#groups.entries()) {
      const idle = group.filter(
        ({ inUse, usedAt, mayHaveTasks }) => !inUse && !mayHaveTasks && usedAt < before,
      );
      for (const pooled of idle) void this.#retire(pooled);
      if (idle.length === group.length) this.#groups.delete(key);
      else if (idle.length > 0) group.splice(0, group.length, ...group.filter((one) => !idle.includes(one)));
    }
  }

  /** Ends the upstream's half once the calls in it are through, and again should a late one have opened it anew. */
  #retire(pooled: PooledUpstream): Promise<void> {
    return new Promise((resolve) => pooled.whenUnused(() => void this.#end(pooled).then(resolve)));
  }

  /** Whether the upstream takes note is its own affair. */
  async #end(pooled: PooledUpstream): Promise<void> {
    try {
      await pooled.underWay?.opened;
      const { principal, server, session } = pooled;
      if (session === undefined) return;
      pooled.session = undefined;
      await this.#parts.minting.warm({ id: principal.tenant, slug: principal.tenantSlug });
      const credential = listingCredential(this.#parts.minting, principal, server, 'session/end');
      if (!credential.ok) return;
      const { tenant } = principal;
      const target = { tenant, url: server.url, timeoutMs: server.timeoutMs, credential: credential.value };
      await closeUpstream(this.#parts.upstream, target, session);
    } catch (error) {
      const { logger } = this.#parts.telemetry;
      logger.warn({ err: error, server: pooled.server.id }, "an upstream's session could not be ended");
    }
  }
}

const REVOKED: UpstreamFailure = { kind: 'aborted', message: 'is no longer asked, for access was revoked.' };

/** The same address and the same abilities. What a client says it is decides nothing. */
function fits(pooled: PooledUpstream, { urlSha256 }: PinnedServer, abilities: string): boolean {
  return pooled.server.urlSha256 === urlSha256 && pooled.abilities === abilities;
}
