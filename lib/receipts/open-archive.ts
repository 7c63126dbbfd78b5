import { fromBase64Url, type PersonId, type TenantId } from '#lib/core';
import { decodeArchive, type ArchiveEntry, type BodyName } from './archive-plaintext.ts';
import { decodeParts, type SealedUnder } from './frames.ts';
import { archiveRecord, type KeyRing } from './key-ring.ts';
import { loadArchive, type BatchRow } from './store-read.ts';
import type { Run } from './store.ts';

/** What the keys that still exist open of one leaf. */
export interface OpenedLeaf {
  readonly disclosures: string[];
  readonly bodies: Map<BodyName, Uint8Array>;
  /** Under whose key the actor's part is sealed; undefined for the archive key. */
  person: PersonId | undefined;
}

/** Opens a batch's envelopes, as far as their keys exist. Of an erased person nothing is there any more. */
export async function openArchive(
  run: Run,
  tenant: TenantId,
  ring: KeyRing,
  batch: BatchRow,
): Promise<(leaf: number) => OpenedLeaf> {
  const sealed: { readonly under: SealedUnder; readonly entry: ArchiveEntry }[] = [];
  for (const { under, envelope } of decodeParts(
    await loadArchive(run, tenant, batch.log, batch.firstIndex),
  )) {
    const plaintext = await ring.open(under, archiveRecord(batch.log, batch.batchId, under), envelope);
    if (plaintext) for (const entry of decodeArchive(plaintext)) sealed.push({ under, entry });
  }
  const byLeaf = Map.groupBy(sealed, ({ entry }) => entry.leaf);
  return (leaf) => {
    const opened: OpenedLeaf = { disclosures: [], bodies: new Map(), person: undefined };
    for (const { under, entry } of byLeaf.get(leaf) ?? []) {
      if (entry.name !== 'disclosures') opened.bodies.set(entry.name, entry.bytes);
      else {
        opened.disclosures.push(...entry.disclosures());
        opened.person ??= under;
      }
    }
    return opened;
  };
}

/** Name and value of each disclosure. */
export function readClaims(disclosures: readonly string[]): Map<string, unknown> {
  const claims = new Map<string, unknown>();
  for (const disclosure of disclosures) {
    const bytes = fromBase64Url(disclosure);
    if (!bytes) continue;
    const [, name, value] = JSON.parse(Buffer.from(bytes).toString('utf8')) as [string, string, unknown];
    claims.set(name, value);
  }
  return claims;
}
