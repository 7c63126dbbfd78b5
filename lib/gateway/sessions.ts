import { LRUCache } from 'lru-cache';
import type { Clock, Principal } from '#lib/core';
import type { Keys } from '#lib/keys';
import { SESSIONS_CACHED_MAX, SESSION_CACHE_MS, SESSION_ID_CHARS_MAX, SESSION_MS_MAX } from './constants.ts';
import { sha256Hex } from './digest-text.ts';
import { newClaims, openSessionId, sealSessionId } from './session-id.ts';
import { isOwner, type Session, type SessionState } from './session.ts';
import type { SessionRevocation, SessionStore } from './store.ts';

export type FindSession = (error: Error | null, session: Session | undefined) => void;

/** The sessions that this process knows. */
export interface Sessions {
  /** The caller's own live session of that id, or nothing. Calls back before it returns when it is cached. */
  find(principal: Principal, id: string, done: FindSession): void;
  create(principal: Principal, state: SessionState): Promise<Session>;
  save(session: Session, state: SessionState): Promise<void>;
  /** Reads the row again: another replica may have changed it. Undefined: it has ended. */
  reload(session: Session): Promise<SessionState | undefined>;
  end(session: Session): Promise<void>;
  /** Forgets what a revocation ends, and hands it out to be closed upstream. */
  revoke(notice: SessionRevocation): readonly Session[];
}

export function createSessions(deps: { keys: Keys; clock: Clock; store: SessionStore }): Sessions {
  const { keys, clock, store } = deps;
  const cache = new LRUCache<string, Session>({ max: SESSIONS_CACHED_MAX });

  const open = async (principal: Principal, id: string): Promise<Session | undefined> => {
    const claims = await openSessionId(keys, principal, id);
    if (claims === undefined || !isOwner(claims, principal)) return undefined;
    const hash = sha256Hex(id);
    const state = await store.load(principal.tenant, hash);
    if (state === undefined) return undefined;
    const readAt = performance.now();
    const session = { tenant: principal.tenant, id, hash, claims, principal, state, ended: false, readAt };
    cache.set(cacheKey(principal, id), session);
    return session;
  };

  const isLive = (session: Session, principal: Principal): boolean =>
    !session.ended && session.claims.expiresAt > clock.now() && isOwner(session.claims, principal);

  return {
    find(principal, id, done) {
      const cached = id.length <= SESSION_ID_CHARS_MAX ? cache.get(cacheKey(principal, id)) : undefined;
      if (cached !== undefined && performance.now() - cached.readAt < SESSION_CACHE_MS) {
        cached.principal = principal;
        done(null, isLive(cached, principal) ? cached : undefined);
        return;
      }
      if (id.length > SESSION_ID_CHARS_MAX) return done(null, undefined);
      open(principal, id).then(
        (session) => done(null, session && isLive(session, principal) ? session : undefined),
        (error: unknown) =>
          done(error instanceof Error ? error : new Error('the session could not be read'), undefined),
      );
    },

    async create(principal, state) {
      const claims = newClaims(principal, clock.now() + SESSION_MS_MAX);
      const id = await sealSessionId(keys, principal.tenant, claims);
      const hash = sha256Hex(id);
      await store.create(principal.tenant, hash, claims, state);
      const readAt = performance.now();
      const session = { tenant: principal.tenant, id, hash, claims, principal, state, ended: false, readAt };
      cache.set(cacheKey(principal, id), session);
      return session;
    },

    async save(session, state) {
      session.state = state;
      await store.save(session);
    },

    async reload(session) {
      const state = await store.load(session.tenant, session.hash);
      if (state === undefined) session.ended = true;
      else session.state = state;
      return state;
    },

    async end(session) {
      session.ended = true;
      await store.end(session, clock.now());
    },

    revoke(notice) {
      const ended: Session[] = [];
      for (const [key, session] of cache.entries()) {
        if (!isMeant(session, notice)) continue;
        cache.delete(key);
        if (!session.ended) ended.push(session);
        session.ended = true;
      }
      return ended;
    },
  };
}

/** A tenant's id in front: what one tenant sealed is never looked up for another. */
function cacheKey(principal: Principal, id: string): string {
  return `${principal.tenant} ${id}`;
}

/** The session ends with what was revoked. */
export function isMeant(session: Session, { tenant, kind, subject }: SessionRevocation): boolean {
  if (session.tenant !== tenant) return false;
  switch (kind) {
    case 'tenant':
      return true;
    case 'session':
      return session.hash === subject;
    case 'grant':
      return session.claims.grant === subject;
    case 'person':
      return session.claims.person === subject;
    case 'client':
      return session.claims.client === subject;
    case 'server':
      return session.claims.server === subject;
    case 'token':
      return false;
  }
}
