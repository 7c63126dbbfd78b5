import type { TenantId } from '#lib/core';
import { listAnnouncements } from './make-bundle.ts';
import { thumbprintOfVkey } from './make-trust-file.ts';
import { listLogs, type Run } from './store.ts';
import type { KeyAnnouncement, KeyClaim } from './types.ts';

/** Which receipt announced which key, over every log of the tenant. */
export async function listAnnouncedKeys(run: Run, tenant: TenantId): Promise<readonly KeyAnnouncement[]> {
  const announced: KeyAnnouncement[] = [];
  for (const { id } of await listLogs(run, tenant)) {
    for (const { payload, summary } of await listAnnouncements(run, tenant, id)) {
      const place = { receipt: summary.id, at: summary.at };
      for (const key of payload.key === undefined ? [] : namedBy(payload.key))
        announced.push({ ...key, ...place });
    }
  }
  return announced;
}

/**
 * A log's first receipt names two keys: that of its receipts, and its own. The last of a closed one names none anew. A log's
 * key is known by what its verifier key says, so that no row shows another one under the name of a key that is ours.
 */
function namedBy(key: KeyClaim): readonly Pick<KeyAnnouncement, 'kid' | 'purpose' | 'vkey'>[] {
  const { kid, purpose } = key;
  if (purpose === 'log') return key.closed ? [] : logKey(key.vkey);
  return [{ kid, purpose }, ...('log' in key ? logKey(key.log.vkey) : [])];
}

function logKey(vkey: string): readonly Pick<KeyAnnouncement, 'kid' | 'purpose' | 'vkey'>[] {
  const kid = thumbprintOfVkey(vkey);
  return kid === undefined ? [] : [{ kid, purpose: 'log', vkey }];
}
