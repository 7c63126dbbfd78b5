import type { KeyId } from '#lib/core';
import type { TenantClient } from '#lib/db';
import type {
  Ed25519PublicJwk,
  EncryptionKeyFacts,
  KeyFacts,
  SealingKeyFacts,
  SigningKeyFacts,
} from './types.ts';

const NEWEST_FIRST = { createdAt: 'desc' } as const;

/** Reads the columns that may be shown and no other: what is sealed or wrapped never leaves the database for this. */
export async function readKeyFacts(client: TenantClient): Promise<KeyFacts> {
  const signing = await client.signingKey.findMany({
    select: {
      kid: true,
      purpose: true,
      publicJwk: true,
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
    signing: signing.map(({ createdAt, activatedAt, retiredAt, publicJwk, ...row }) => ({
      kid: row.kid as KeyId,
      purpose: row.purpose as SigningKeyFacts['purpose'],
      state: row.state as SigningKeyFacts['state'],
      publicJwk: publicMembers(publicJwk as unknown as Ed25519PublicJwk),
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

/** Whatever else a row might hold one day, `d` least of all. */
function publicMembers({ kty, crv, x }: Ed25519PublicJwk): Ed25519PublicJwk {
  return { kty, crv, x };
}
