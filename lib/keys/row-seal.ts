import { canonicalJson, CanonicalJsonError, equalBytes, type Json, type TenantId } from '#lib/core';
import type { Keys, Place } from './types.ts';

type Looking = Pick<Keys, 'lookup'>;

/**
 * An HMAC over a row's contents that the database alone can't make, for one tenant, purpose and record. It says that the row was
 * once written so here, not that it is the newest: one that is put back as it was fits again.
 */
export async function sealRow(
  keys: Looking,
  tenant: TenantId,
  { purpose, record }: Place,
  contents: Json,
): Promise<Uint8Array> {
  return await keys.lookup(tenant, `row of ${purpose}`, canonicalJson([record, contents]));
}

/** False: something else than a save here wrote the row, or it stems from before its rows were sealed. @throws {KeyUnavailable} */
export async function isSealedRow(
  keys: Looking,
  tenant: TenantId,
  place: Place,
  contents: Json,
  seal: Uint8Array | null,
): Promise<boolean> {
  if (seal === null) return false;
  try {
    return equalBytes(seal, await sealRow(keys, tenant, place, contents));
  } catch (error) {
    // Numbers that no save here has written.
    if (error instanceof CanonicalJsonError) return false;
    throw error;
  }
}
