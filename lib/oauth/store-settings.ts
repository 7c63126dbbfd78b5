import { LRUCache } from 'lru-cache';
import type { TenantId } from '#lib/core';
import type { Database, TenantTransaction } from '#lib/db';
import {
  GRANT_SECONDS_DEFAULT,
  REFRESH_REPLAY_SECONDS_DEFAULT,
  SETTINGS_AGE_MS,
  SETTINGS_CACHED_MAX,
} from './constants.ts';
import type { AdmissionMode, OauthSettings } from './types.ts';

export interface SettingsStore {
  /** At most some seconds old. */
  load(tenant: TenantId): Promise<OauthSettings>;
  save(tx: TenantTransaction, tenant: TenantId, settings: Partial<OauthSettings>): Promise<void>;
}

const DEFAULTS: OauthSettings = {
  admission: 'approval',
  grantSeconds: GRANT_SECONDS_DEFAULT,
  refreshReplaySeconds: REFRESH_REPLAY_SECONDS_DEFAULT,
};

export function createSettingsStore(database: Database): SettingsStore {
  const cache = new LRUCache<TenantId, OauthSettings>({ max: SETTINGS_CACHED_MAX, ttl: SETTINGS_AGE_MS });
  return {
    load: async (tenant) => {
      const known = cache.get(tenant);
      if (known) return known;
      const row = await database
        .tenantDb(tenant)
        .read((client) => client.oauthSettings.findUnique({ where: { tenantId: tenant } }));
      const settings = row
        ? {
            admission: parseAdmission(row.admission),
            grantSeconds: row.grantSeconds,
            refreshReplaySeconds: row.refreshReplaySeconds,
          }
        : DEFAULTS;
      cache.set(tenant, settings);
      return settings;
    },
    save: async (tx, tenant, settings) => {
      const data = { ...DEFAULTS, ...settings };
      await tx.oauthSettings.upsert({
        where: { tenantId: tenant },
        create: { tenantId: tenant, ...data },
        update: data,
      });
      cache.delete(tenant);
    },
  };
}

/** A row this version does not understand admits nobody new. */
function parseAdmission(text: string): AdmissionMode {
  return text === 'open' || text === 'approval' ? text : 'listed';
}
