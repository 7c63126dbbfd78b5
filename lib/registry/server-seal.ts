import { canonicalJson, type Json, type TenantId } from '#lib/core';
import { isSealedRow, sealRow, type Keys } from '#lib/keys';

const PURPOSE = 'server';

/** Where calls and their credentials go, and what is sent without an attempt; the title, for a consent page shows it. */
interface Sealed {
  readonly id: string;
  readonly url: string;
  readonly title: string;
  readonly settings: unknown;
}

const placeOf = ({ id }: Sealed) => ({ purpose: PURPOSE, record: id });
const contentsOf = ({ url, title, settings }: Sealed) => ({ url, title, settings: settings as Json });

export async function sealServer(
  keys: Pick<Keys, 'lookup'>,
  tenant: TenantId,
  server: Sealed,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await sealRow(keys, tenant, placeOf(server), contentsOf(server)));
}

/** A pin as its row has it. Its text is under it by the hash; a mark of drift only takes away. */
interface SealedPin {
  readonly kind: string;
  readonly name: string;
  readonly sha256: string;
}

const pinsPlaceOf = (server: string) => ({ purpose: 'pins', record: server });

/** All that is pinned, at this URL: neither one more nor one less is what an admin approved. */
function pinsOf(url: string, pins: readonly SealedPin[]): Json {
  const lines = pins.map(({ kind, name, sha256 }) => [kind, name, sha256]);
  return { url, pins: lines.map((line) => canonicalJson(line)).toSorted() };
}

export async function sealPins(
  keys: Pick<Keys, 'lookup'>,
  tenant: TenantId,
  { id, url }: Pick<Sealed, 'id' | 'url'>,
  pins: readonly SealedPin[],
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await sealRow(keys, tenant, pinsPlaceOf(id), pinsOf(url, pins)));
}

export async function areSealedPins(
  keys: Pick<Keys, 'lookup'>,
  tenant: TenantId,
  { id, url, pinsSeal }: Pick<Sealed, 'id' | 'url'> & { readonly pinsSeal: Uint8Array | null },
  pins: readonly SealedPin[],
): Promise<boolean> {
  return await isSealedRow(keys, tenant, pinsPlaceOf(id), pinsOf(url, pins), pinsSeal);
}

export async function isSealedServer(
  keys: Pick<Keys, 'lookup'>,
  tenant: TenantId,
  server: Sealed & { readonly seal: Uint8Array | null },
): Promise<boolean> {
  return await isSealedRow(keys, tenant, placeOf(server), contentsOf(server), server.seal);
}
