import type { OauthSettings } from '#lib/oauth';
import { GRANT_HOURS_DEFAULT, REFRESH_REPLAY_SECONDS_DEFAULT, SECONDS_PER_HOUR } from './constants.ts';
import type { TenantDocument } from './tenant-schema.ts';

/** Admission and lifetimes in the words of the authorization server. */
export function draftSettings({
  admission,
  grants,
}: Pick<TenantDocument, 'admission' | 'grants'>): OauthSettings {
  return {
    admission: admission ?? 'approval',
    grantSeconds: Math.round((grants?.hours ?? GRANT_HOURS_DEFAULT) * SECONDS_PER_HOUR),
    refreshReplaySeconds: grants?.refresh_replay_seconds ?? REFRESH_REPLAY_SECONDS_DEFAULT,
  };
}
