import { randomBytes } from 'node:crypto';
import { canonicalJson, uuidV7, type Clock } from '#lib/core';
import type { Receipts } from '#lib/receipts';
import { SETTINGS_DEFAULTS, type SettingsStore } from './store-settings.ts';
import type { Oauth } from './types.ts';

/** Saves what differs from what is stored, with its receipt; nothing otherwise. */
export function createSaveSettings(deps: {
  readonly settings: SettingsStore;
  readonly receipts: Pick<Receipts, 'stage'>;
  readonly clock: Clock;
}): Oauth['saveSettings'] {
  const { settings, receipts, clock } = deps;
  return async (tx, tenant, given, actor) => {
    const wanted = { ...SETTINGS_DEFAULTS, ...given };
    if (canonicalJson({ ...(await settings.loadIn(tx)) }) === canonicalJson(wanted)) return false;
    await settings.save(tx, tenant, wanted);
    const at = clock.now();
    const id = uuidV7(at, randomBytes(10));
    const details = { action: 'oauth.settings', ...wanted };
    await receipts.stage(tx, tenant, { id, at, kind: 'admin', status: 'ok', actor, details });
    return true;
  };
}
