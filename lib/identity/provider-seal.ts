import { canonicalJson, equalBytes, type Json, type TenantId } from '#lib/core';
import type { Keys } from '#lib/keys';
import type { StoredProvider } from './store-providers.ts';

/** What decides who may come in as whom, and where the client's secret goes. Hosts are found out, and hold beside the issuer. */
type Sealed = Pick<StoredProvider, 'issuer' | 'clientId' | 'clientSecretId' | 'settings' | 'roleMapping'>;

/** An HMAC that the database alone can't make: a provider that somebody wrote there would let in whomever they like. */
export async function sealProvider(keys: Keys, tenant: TenantId, provider: Sealed): Promise<Uint8Array> {
  const { issuer, clientId, clientSecretId, settings, roleMapping } = provider;
  // As the database gives it back: without what is undefined.
  const text = JSON.stringify({ issuer, clientId, clientSecretId, settings, roleMapping });
  return await keys.lookup(tenant, 'identity-provider', canonicalJson(JSON.parse(text) as Json));
}

/** False: the row was changed by something else than a save here, or stems from before rows were sealed. */
export async function isSealedProvider(
  keys: Keys,
  tenant: TenantId,
  provider: StoredProvider,
): Promise<boolean> {
  return provider.seal !== null && equalBytes(provider.seal, await sealProvider(keys, tenant, provider));
}
