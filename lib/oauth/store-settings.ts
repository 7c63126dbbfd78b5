import { LRUCache } from 'lru-cache';
import type { TenantId } from '#lib/core';
import type { Database, TenantClient, TenantTransaction } from '#lib/db';
import {
  GRANT_SECONDS_DEFAULT,
  REFRESH_REPLAY_SECONDS_DEFAULT,
  SETTINGS_AGE_MS,
  SETTINGS_CACHED_MAX,
} from './constants.ts';
import type { AdmissionMode, OauthSettings } from './types.ts';

export interface SettingsStore {
  /** At most some seconds old, should word of a change be lost. */
  load(tenant: TenantId): Promise<OauthSettings>;
  loadIn(client: TenantClient): Promise<OauthSettings>;
  /** Every token of the tenant is read anew after it, on every replica: who may act depends on the admission. */
  save(tx: TenantTransaction, tenant: TenantId, settings: OauthSettings): Promise<void>;
  close(): void;
}

export const SETTINGS_DEFAULTS: OauthSettings = {
  admission: 'approval',
  grantSeconds: GRANT_SECONDS_DEFAULT,
  refreshReplaySeconds: REFRESH_REPLAY_SECONDS_DEFAULT,
};

export function createSettingsStore(database: Database): SettingsStore {
  const cache = new LRUCache<TenantId, OauthSettings>({ max: SETTINGS_CACHED_MAX, ttl: SETTINGS_AGE_MS });
  /** Counts changes: what was read before one must not be kept after it. */
  let changes = 0;
  const unsubscribe = database.revocations.subscribe(({ kind, tenant }) => {
    if (kind !== 'token' && kind !== 'tenant') return;
    changes += 1;
    cache.delete(tenant);
  });
  return {
    close: unsubscribe,
    load: async (tenant) => {
      const known = cache.get(tenant);
      if (known) return known;
      const readIn = changes;
      const settings = await database.tenantDb(tenant).read(find);
      if (readIn === changes) cache.set(tenant, settings);
      return settings;
    },
    loadIn: find,
    save: async (tx, tenant, settings) => {
      const data = { ...settings };
      await tx.oauthSettings.upsert({
        where: { tenantId: tenant },
        create: { tenantId: tenant, ...data },
        update: data,
      });
      await database.revocations.revoke(tx, { tenant, kind: 'token', subject: 'settings' });
    },
  };
}

async function find(client: TenantClient): Promise<OauthSettings> {
  const row = await client.oauthSettings.findFirst();
  if (row === null) return SETTINGS_DEFAULTS;
  const { grantSeconds, refreshReplaySeconds } = row;
  return { admission: parseAdmission(row.admission), grantSeconds, refreshReplaySeconds };
}

/** A row this version does not understand admits nobody new. */
function parseAdmission(text: string): AdmissionMode {
  return text === 'open' || text === 'approval' ? text : 'listed';
}
