import { LRUCache } from 'lru-cache';
import type { Clock, Principal } from '#lib/core';
import type { Keys } from '#lib/keys';
import { SESSIONS_CACHED_MAX, SESSION_CACHE_MS, SESSION_ID_CHARS_MAX, SESSION_MS_MAX } from './constants.ts';
import { sha256Hex } from './digest-text.ts';
import { endsAccess, type Revocation } from './recent-revocations.ts';
import { newClaims, openSessionId, sealSessionId } from './session-id.ts';
import { isOwner, type Session, type SessionClaims, type SessionState } from './session.ts';
import type { SessionStore, StateChange } from './store.ts';

export type FindSession = (error: Error | null, session: Session | undefined) => void;

/** The sessions that this process knows. */
export interface Sessions {
  /** The caller's own live session of that id, or nothing. Calls back before it returns when it is cached. */
  find(principal: Principal, id: string, done: FindSession): void;
  create(principal: Principal, state: SessionState): Promise<Session>;
  /** What it is afterwards, changed or as another replica has left it. Undefined: it has ended. */
  change(session: Session, change: StateChange): Promise<SessionState | undefined>;
  /** Reads the row again: another replica may have changed it. Undefined: it has ended. */
  reload(session: Session): Promise<SessionState | undefined>;
  end(session: Session): Promise<void>;
  /** How many are held in memory. */
  count(): number;
  /** Forgets what a revocation ends, and hands it out to be closed upstream. */
  revoke(notice: Revocation): readonly Session[];
}

export function createSessions(deps: { keys: Keys; clock: Clock; store: SessionStore }): Sessions {
  return new SessionCache(deps.keys, deps.clock, deps.store);
}

class SessionCache implements Sessions {
  #cache = new LRUCache<string, Session>({ max: SESSIONS_CACHED_MAX });
  /** By tenant and hash: a row that was read before a session's end must not bring it back after. */
  #endedLately = new LRUCache<string, true>({ max: SESSIONS_CACHED_MAX, ttl: SESSION_CACHE_MS });
  /** The newest change of a session here, by its hash: the next one waits for it. */
  #changing = new Map<string, Promise<unknown>>();
  #keys: Keys;
  #clock: Clock;
  #store: SessionStore;

  constructor(keys: Keys, clock: Clock, store: SessionStore) {
    this.#keys = keys;
    this.#clock = clock;
    this.#store = store;
  }

  find(principal: Principal, id: string, done: FindSession): void {
    if (id.length > SESSION_ID_CHARS_MAX) return done(null, undefined);
    const cached = this.#cache.get(cacheKey(principal, id));
    if (cached !== undefined && performance.now() - cached.readAt < SESSION_CACHE_MS) {
      const live = this.#live(cached, principal);
      if (live !== undefined) live.principal = principal;
      return done(null, live);
    }
    this.#open(principal, id).then(
      (session) => done(null, session && this.#live(session, principal)),
      (error: unknown) =>
        done(error instanceof Error ? error : new Error('the session could not be read'), undefined),
    );
  }

  async create(principal: Principal, state: SessionState): Promise<Session> {
    const claims = newClaims(principal, this.#clock.now() + SESSION_MS_MAX);
    const id = await sealSessionId(this.#keys, principal.tenant, claims);
    await this.#store.create(principal.tenant, sha256Hex(id), claims, state);
    return this.#keep(principal, id, claims, state);
  }

  async change(session: Session, change: StateChange): Promise<SessionState | undefined> {
    const { hash } = session;
    const before = this.#changing.get(hash) ?? Promise.resolve();
    const state = before.then(() => this.#store.change(session, change));
    const settled = state.catch(() => undefined);
    this.#changing.set(hash, settled);
    try {
      return this.#keepState(session, await state);
    } finally {
      if (this.#changing.get(hash) === settled) this.#changing.delete(hash);
    }
  }

  async reload(session: Session): Promise<SessionState | undefined> {
    return this.#keepState(session, await this.#store.load(session.tenant, session.hash));
  }

  #keepState(session: Session, state: SessionState | undefined): SessionState | undefined {
    if (state === undefined) session.ended = true;
    else session.state = state;
    return state;
  }

  async end(session: Session): Promise<void> {
    session.ended = true;
    await this.#store.end(session, this.#clock.now());
  }

  count(): number {
    return this.#cache.size;
  }

  revoke(notice: Revocation): readonly Session[] {
    if (notice.kind === 'session') this.#endedLately.set(`${notice.tenant} ${notice.subject}`, true);
    const ended: Session[] = [];
    for (const [key, session] of this.#cache.entries()) {
      if (!isMeant(session, notice)) continue;
      this.#cache.delete(key);
      if (!session.ended) ended.push(session);
      session.ended = true;
    }
    return ended;
  }

  async #open(principal: Principal, id: string): Promise<Session | undefined> {
    const claims = await openSessionId(this.#keys, principal, id);
    if (claims === undefined || !isOwner(claims, principal)) return undefined;
    const hash = sha256Hex(id);
    const state = await this.#store.load(principal.tenant, hash);
    if (this.#endedLately.has(`${principal.tenant} ${hash}`)) return undefined;
    return state && this.#keep(principal, id, claims, state);
  }

  #keep(principal: Principal, id: string, claims: SessionClaims, state: SessionState): Session {
    const readAt = performance.now();
    const { tenant } = principal;
    const session = { tenant, id, hash: sha256Hex(id), claims, principal, state, ended: false, readAt };
    this.#cache.set(cacheKey(principal, id), session);
    return session;
  }

  #live(session: Session, principal: Principal): Session | undefined {
    const expired = session.claims.expiresAt <= this.#clock.now();
    return session.ended || expired || !isOwner(session.claims, principal) ? undefined : session;
  }
}

/** A tenant's id in front: what one tenant sealed is never looked up for another. */
function cacheKey(principal: Principal, id: string): string {
  return `${principal.tenant} ${id}`;
}

/** The session ends with what was revoked. */
export function isMeant(session: Session, notice: Revocation): boolean {
  return endsAccess(notice, { tenant: session.tenant, session: session.hash, ...session.claims });
}
