import type { TenantId } from '#lib/core';
import type { Database } from '#lib/db';
import type { Signers } from './signers.ts';
import { readKeyFacts } from './store-facts.ts';
import type { KeyFacts, SigningKeyFacts } from './types.ts';

/** What people compare fingerprints with: the public half is made from the sealed one, as where it is published. */
export async function describeKeys(
  { database, signers }: { readonly database: Database; readonly signers: Signers },
  tenant: TenantId,
): Promise<KeyFacts> {
  const { signing, sealing, encryption } = await database.tenantDb(tenant).read(readKeyFacts);
  const own: SigningKeyFacts[] = [];
  const foreign: string[] = [];
  for (const { sealed, ...facts } of signing) {
    const proven = await signers.prove(tenant, { ...facts, sealed });
    if (proven) own.push({ ...facts, publicJwk: proven.publicJwk });
    else foreign.push(facts.kid);
  }
  return { signing: own, foreign, sealing, encryption };
}
