import { assert, type TenantId } from '#lib/core';
import { ed25519JwkOf, keyThumbprint } from '#lib/evidence';
import { parseVkey } from '#lib/tlog';
import { sha256 } from './hash.ts';
import { listAnnouncements } from './make-bundle.ts';
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

/** A log's first receipt names two keys: that of its receipts, and its own. The last of a closed one names none anew. */
function namedBy(key: KeyClaim): readonly Pick<KeyAnnouncement, 'kid' | 'purpose' | 'vkey'>[] {
  const { kid, purpose } = key;
  if (purpose === 'log') return key.closed ? [] : [{ kid, purpose, vkey: key.vkey }];
  if (!('log' in key)) return [{ kid, purpose }];
  const { vkey } = key.log;
  const parsed = parseVkey(sha256, vkey);
  assert(parsed.ok, 'a log was opened under a proper key');
  const logKid = keyThumbprint(sha256, ed25519JwkOf(parsed.value.publicKey));
  return [
    { kid, purpose },
    { kid: logKid, purpose: 'log', vkey },
  ];
}
