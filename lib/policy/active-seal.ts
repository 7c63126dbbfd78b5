import type { TenantId } from '#lib/core';
import { isSealedRow, sealRow, type Keys } from '#lib/keys';

export type SealKeys = Pick<Keys, 'lookup'>;

/** A tenant has one set in force; only its row has a seal, so that an earlier one can't be put back from what stands there. */
const PLACE = { purpose: 'policy-set', record: 'in-force' };

/** The texts are under it by their hash. */
interface Sealed {
  readonly sha256: string;
  readonly version: number;
}

export async function sealActive(
  keys: SealKeys,
  tenant: TenantId,
  { sha256, version }: Sealed,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await sealRow(keys, tenant, PLACE, { sha256, version }));
}

export async function isSealedActive(
  keys: SealKeys,
  tenant: TenantId,
  { sha256, version, seal }: Sealed & { readonly seal: Uint8Array | null },
): Promise<boolean> {
  return await isSealedRow(keys, tenant, PLACE, { sha256, version }, seal);
}
