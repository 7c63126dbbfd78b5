import { AsyncLocalStorage } from 'node:async_hooks';
import { Pool, type PoolClient, type PoolConfig, type QueryConfig } from 'pg';
import { assert, isUuid, type TenantId } from '#lib/core';
import { CONNECT_TIMEOUT_MS } from './constants.ts';
import type { DatabaseLogger } from './types.ts';

/** The tenant of the work that is running; '' is none, and sees no tenant's rows. */
type TenantSetting = TenantId | '';
type Checkout = (
  error: Error | undefined,
  client: PoolClient | undefined,
  done: (release?: unknown) => void,
) => void;

const running = new AsyncLocalStorage<TenantSetting>();
/** What each connection's `app.tenant` is; a connection not in here has unknown state. */
const settings = new WeakMap<PoolClient, TenantSetting>();

/** Work of one tenant: every connection that it checks out has this tenant set. */
export function runForTenant<T>(tenant: TenantId, work: () => Promise<T>): Promise<T> {
  return running.run(tenant, work);
}

/** Work of no tenant, also when a tenant's work calls it. */
export function runForNobody<T>(work: () => Promise<T>): Promise<T> {
  return running.run('', work);
}

/** pg's own name for how long an answer may take; its types do not know it per statement. */
const limit: object = { query_timeout: CONNECT_TIMEOUT_MS };

/** After an error on a connection, its setting is no longer taken for granted. */
export function forgetTenantOf(client: PoolClient): void {
  settings.delete(client);
}

/**
 * The second lock's key: a pool that sets `app.tenant` whenever a connection's last user was another tenant, before
 * anybody gets it. A connection is never handed out with a setting other than the one asked for. Needs session
 * pooling, or no pooler, in front of PostgreSQL.
 */
export class TenantPool extends Pool {
  constructor(config: PoolConfig, logger: DatabaseLogger) {
    super({ connectionTimeoutMillis: CONNECT_TIMEOUT_MS, keepAlive: true, ...config });
    // Without a listener an error of an idle or lent connection would end the process. Once the pool ends, they are given up.
    this.on('error', (error) => {
      if (!this.ending) logger.warn({ error: error.message }, 'an idle database connection was lost');
    });
    this.on('connect', (client) => client.on('error', () => settings.delete(client)));
  }

  override connect(): Promise<PoolClient>;
  override connect(callback: Checkout): void;
  override connect(callback?: Checkout): Promise<PoolClient> | void {
    const tenant = running.getStore() ?? '';
    if (callback) return this.connectFor(tenant, callback);
    return new Promise((resolve, reject) => {
      this.connectFor(tenant, (error, client) => {
        if (client) resolve(client);
        else reject(error ?? new Error('the pool gave no connection'));
      });
    });
  }

  /** `connect` for a caller who knows the tenant, without a promise. */
  connectFor(tenant: TenantSetting, callback: Checkout): void {
    super.connect((error, client, done) => {
      if (error || !client) return callback(error, undefined, done);
      if (settings.get(client) === tenant) return callback(undefined, client, done);
      settings.delete(client);
      const setting: QueryConfig = { text: settingStatement(tenant) };
      client.query({ ...setting, ...limit }, (failure: Error | null) => {
        if (failure) {
          done(failure);
          return callback(failure, undefined, () => undefined);
        }
        settings.set(client, tenant);
        return callback(undefined, client, done);
      });
    });
  }
}

/** SET takes no parameters: what is written into it is a UUID or nothing. */
function settingStatement(tenant: TenantSetting): string {
  assert(tenant === '' || isUuid(tenant), 'a tenant id is a UUID');
  return `set app.tenant = '${tenant}'`;
}
