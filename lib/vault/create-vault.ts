import { randomUUID, timingSafeEqual } from 'node:crypto';
import { decodeUtf8, isUuid, utf8, type PersonId, type TenantId } from '#lib/core';
import type { Place, Sealer } from '#lib/keys';
import { SecretGone } from './errors.ts';
import {
  deleteSecret,
  deleteSecretsOf,
  findSecret,
  insertSecret,
  updateSecret,
  type SecretRow,
} from './store.ts';
import type { SecretId, Vault, VaultDeps } from './types.ts';

export function createVault({ database, keys }: VaultDeps): Vault {
  /** Undefined: the person has no key, or no longer. */
  const sealerOf = async (tenant: TenantId, person: PersonId | undefined): Promise<Sealer | undefined> =>
    await keys.sealer(tenant, person === undefined ? 'data' : { person });

  const seal = async (tenant: TenantId, row: Omit<SecretRow, 'sealed'>, secret: string) => {
    const sealer = await sealerOf(tenant, row.person);
    if (sealer === undefined) throw new SecretGone(row.id);
    const bytes = Buffer.from(utf8(secret));
    const sealed = sealer.seal(placeOf(row), bytes);
    bytes.fill(0);
    return sealed;
  };

  const open = async (tenant: TenantId, row: SecretRow): Promise<Uint8Array> => {
    // `open` of the tenant's own key also knows one that another replica has just made.
    if (row.person === undefined) return await keys.open(tenant, placeOf(row), row.sealed);
    const sealer = await sealerOf(tenant, row.person);
    if (sealer === undefined) throw new SecretGone(row.id);
    return sealer.open(placeOf(row), row.sealed);
  };

  return {
    put: async (tx, tenant, { purpose, person }, secret) => {
      const row = { id: randomUUID() as SecretId, purpose, person };
      await insertSecret(tx, tenant, { ...row, sealed: await seal(tenant, row, secret) });
      return row.id;
    },

    replace: async (tx, tenant, id, secret) => {
      const row = await findSecret(tx, id);
      if (row === undefined) return false;
      await updateSecret(tx, id, await seal(tenant, row, secret));
      return true;
    },

    withSecret: async (tenant, id, use) => {
      const row = isUuid(id)
        ? await database.tenantDb(tenant).read(async (client) => await findSecret(client, id))
        : undefined;
      if (row === undefined) throw new SecretGone(id);
      const opened = await open(tenant, row);
      const secret = decodeUtf8(opened);
      opened.fill(0);
      if (secret === undefined) throw new Error('a stored secret is not text');
      return await use(secret);
    },

    matches: async (client, tenant, id, candidate) => {
      const row = await findSecret(client, id);
      if (row === undefined) return false;
      const opened = Buffer.from(await open(tenant, row));
      const given = Buffer.from(utf8(candidate));
      const same = opened.length === given.length && timingSafeEqual(opened, given);
      opened.fill(0);
      given.fill(0);
      return same;
    },

    remove: async (tx, _tenant, id) => await deleteSecret(tx, id),
    removeAllOf: async (tx, _tenant, person) => await deleteSecretsOf(tx, person),
  };
}

/** Bound to purpose and id: a row's bytes are of no use in another. */
function placeOf({ id, purpose }: Pick<SecretRow, 'id' | 'purpose'>): Place {
  return { purpose: `secret:${purpose}`, record: id };
}
