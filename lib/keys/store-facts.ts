import type { KeyId } from '#lib/core';
import type { TenantClient } from '#lib/db';
import type { EncryptionKeyFacts, KeyFacts, SealingKeyFacts, SigningKeyFacts } from './types.ts';

/** What the row of a signing key says, and what proves it. */
export type SigningKeyFactsRow = Omit<SigningKeyFacts, 'publicJwk'> & { readonly sealed: Uint8Array };

export interface KeyFactsRows extends Pick<KeyFacts, 'sealing' | 'encryption'> {
  readonly signing: readonly SigningKeyFactsRow[];
}

const NEWEST_FIRST = { createdAt: 'desc' } as const;

/** Reads the columns that may be shown, and the sealed half of a signing key, which proves the public one. */
export async function readKeyFacts(client: TenantClient): Promise<KeyFactsRows> {
  const signing = await client.signingKey.findMany({
    select: {
      kid: true,
      purpose: true,
      sealed: true,
      state: true,
      createdAt: true,
      activatedAt: true,
      retiredAt: true,
    },
    orderBy: NEWEST_FIRST,
  });
  const sealing = await client.dataKey.findMany({
    select: { id: true, purpose: true, state: true, createdAt: true },
    orderBy: NEWEST_FIRST,
  });
  const encryption = await client.keyEncryptionKey.findMany({
    select: { id: true, provider: true, state: true, createdAt: true },
    orderBy: NEWEST_FIRST,
  });
  return {
    signing: signing.map(({ createdAt, activatedAt, retiredAt, sealed, ...row }) => ({
      kid: row.kid as KeyId,
      purpose: row.purpose as SigningKeyFacts['purpose'],
      state: row.state as SigningKeyFacts['state'],
      sealed,
      createdAt: createdAt.getTime(),
      ...(activatedAt === null ? {} : { activatedAt: activatedAt.getTime() }),
      ...(retiredAt === null ? {} : { retiredAt: retiredAt.getTime() }),
    })),
    sealing: sealing.map(({ createdAt, ...row }) => ({
      ...(row as Omit<SealingKeyFacts, 'createdAt'>),
      createdAt: createdAt.getTime(),
    })),
    encryption: encryption.map(({ createdAt, ...row }) => ({
      ...(row as Omit<EncryptionKeyFacts, 'createdAt'>),
      createdAt: createdAt.getTime(),
    })),
  };
}
