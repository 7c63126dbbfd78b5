import { generateKeyPairSync, sign } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import type { TenantDb } from '#lib/db';

export interface PlantedKey {
  readonly kid: string;
  readonly jwk: { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string };
  /** A compact JWS under this key, whatever it says. */
  sign(header: object, payload: object): string;
}

/**
 * What somebody can do who writes the database and has no key of the tenant's: a row that poses as a signing key, the newest
 * in force, and holds what is sealed in another row.
 */
export async function plantSigningKey(
  db: TenantDb,
  purpose: 'receipt' | 'log' | 'access-token' | 'mint',
  state: 'active' | 'inactive' = 'active',
): Promise<PlantedKey> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: publicKey.export({ format: 'jwk' }).x ?? '' } as const;
  const kid = await calculateJwkThumbprint(jwk);
  await db.sql(
    `insert into signing_key (tenant_id, kid, purpose, algorithm, public_jwk, sealed, state, created_at, activated_at)
     select $1, $2, $3, 'Ed25519', $4, coalesce((select sealed from signing_key where tenant_id = $1 limit 1), 'none'::bytea),
       $5, now() + interval '1 hour', now() + interval '1 hour'`,
    [db.tenant, kid, purpose, JSON.stringify(jwk), state],
  );
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return {
    kid,
    jwk,
    sign: (header, payload) => {
      const input = `${encode({ ...header, kid })}.${encode(payload)}`;
      return `${input}.${sign(null, Buffer.from(input), privateKey).toString('base64url')}`;
    },
  };
}
