import type { Json, TenantId } from '#lib/core';
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

export async function isSealedServer(
  keys: Pick<Keys, 'lookup'>,
  tenant: TenantId,
  server: Sealed & { readonly seal: Uint8Array | null },
): Promise<boolean> {
  return await isSealedRow(keys, tenant, placeOf(server), contentsOf(server), server.seal);
}
