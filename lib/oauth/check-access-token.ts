import { LRUCache } from 'lru-cache';
import { err, ok, type Clock, type Principal, type Result, type ServerId } from '#lib/core';
import type { RevocationNotice, RevocationSequence } from '#lib/db';
import type { TenantRecord } from '#lib/identity';
import type { Telemetry } from '#lib/telemetry';
import { CHECKED_TOKEN_AGE_MS, CHECKED_TOKENS_MAX, READINGS_MAX } from './constants.ts';
import { accessTokenRefusal, type AccessTokenRefusal } from './errors.ts';
import { hexHashOf } from './hash.ts';
import type { LoadedPrincipal } from './load-principal.ts';
import type { AccessTokenCallback } from './types.ts';
import type { VerifiedToken } from './verify-access-token.ts';

export interface CheckDeps {
  readonly clock: Clock;
  readonly revocations: RevocationSequence;
  readonly telemetry: Telemetry;
  readonly verify: (tenant: TenantRecord, server: ServerId, raw: string) => Promise<Checked<VerifiedToken>>;
  readonly loadPrincipal: (
    tenant: TenantRecord,
    server: ServerId,
    token: VerifiedToken,
  ) => Promise<Checked<LoadedPrincipal>>;
  /** Without waiting; false sends the token through the rows again. */
  readonly isCurrent: (loaded: LoadedPrincipal) => boolean;
}

type Checked<Value> = Result<Value, AccessTokenRefusal>;

interface Entry {
  readonly token: VerifiedToken;
  readonly loaded: LoadedPrincipal;
  readonly loadedAt: number;
}

export interface AccessTokenChecker {
  check(tenant: TenantRecord, server: ServerId, raw: string, done: AccessTokenCallback): void;
  close(): void;
}

/**
 * Checks tokens for the call path: a token seen before is answered from memory without a promise, as long as this
 * replica knows that nothing was revoked meanwhile. A notice of revocation only drops what is cached; whether the
 * token still holds is then read from the rows.
 */
export function createAccessTokenChecker(deps: CheckDeps): AccessTokenChecker {
  const { clock, revocations, telemetry } = deps;
  const cache = new LRUCache<string, Entry>({ max: CHECKED_TOKENS_MAX });
  /** Counts notices: what was read before one must not be cached after it. */
  let notices = 0;
  const unsubscribe = revocations.subscribe((notice) => {
    notices += 1;
    for (const [key, entry] of cache.entries()) if (concerns(notice, entry)) cache.delete(key);
  });

  const checkSlowly = async (
    key: string,
    tenant: TenantRecord,
    server: ServerId,
    raw: string,
  ): Promise<Checked<Principal>> => {
    const known = cache.get(key)?.token;
    const token = known ? ok(known) : await deps.verify(tenant, server, raw);
    if (!token.ok) return token;
    if (!revocations.isFresh()) await revocations.confirm();
    for (let reading = 1; ; reading += 1) {
      const before = notices;
      const loaded = await deps.loadPrincipal(tenant, server, token.value);
      if (!loaded.ok) {
        cache.delete(key);
        return loaded;
      }
      // What was revoked while the rows were read may have been read before it was.
      if (before !== notices && reading < READINGS_MAX) continue;
      if (before === notices) {
        cache.set(key, { token: token.value, loaded: loaded.value, loadedAt: clock.now() });
      }
      return ok(loaded.value.principal);
    }
  };

  return {
    check: (tenant, server, raw, done) => {
      // Tenant and server are part of the key: an entry says yes for one resource only.
      const key = `${tenant.id}/${server}/${hexHashOf(raw)}`;
      const entry = cache.get(key);
      const now = clock.now();
      if (entry && entry.token.expiresAt <= now) {
        cache.delete(key);
        done(err(accessTokenRefusal('expired')));
        return;
      }
      if (entry && now - entry.loadedAt < CHECKED_TOKEN_AGE_MS) {
        if (revocations.isFresh() && deps.isCurrent(entry.loaded)) {
          done(ok(entry.loaded.principal));
          return;
        }
      }
      checkSlowly(key, tenant, server, raw).then(done, (error: unknown) => {
        telemetry.logger.error({ err: error, tenant: tenant.slug }, 'an access token could not be checked');
        done(err(accessTokenRefusal('unavailable')));
      });
    },
    close: () => {
      unsubscribe();
      cache.clear();
    },
  };
}

function concerns(notice: RevocationNotice, { loaded: { principal }, token }: Entry): boolean {
  if (notice.tenant !== principal.tenant) return false;
  switch (notice.kind) {
    case 'grant':
      return notice.subject === token.grant;
    case 'person':
      return notice.subject === principal.person?.id;
    case 'client':
      return notice.subject === token.clientId;
    case 'server':
      return notice.subject === principal.server;
    case 'tenant':
    case 'token':
      return true;
    case 'session':
      return false;
  }
}
