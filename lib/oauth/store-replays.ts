import { toHex, type TenantId } from '#lib/core';
import type { Database } from '#lib/db';
import type { Keys } from '#lib/keys';
import { hashOf } from './hash.ts';

/** Sealed answers to refreshes, for a client that races with itself. */
export interface ReplayStore {
  save(token: string, clientId: string, answer: string, expiresAt: number): Promise<void>;
  /** Only for the client the answer was made for, and only while it may be repeated. */
  find(token: string, clientId: string, now: number): Promise<string | undefined>;
}

const PURPOSE = 'oauth-refresh-replay';

export function createReplayStore(database: Database, keys: Keys, tenant: TenantId): ReplayStore {
  const db = database.tenantDb(tenant);
  const recordOf = (token: string) => toHex(hashOf(token));
  return {
    save: async (token, clientId, answer, expiresAt) => {
      const sealed = await keys.seal(
        tenant,
        { purpose: PURPOSE, record: recordOf(token) },
        new TextEncoder().encode(answer),
      );
      const row = {
        tenantId: tenant,
        tokenHash: hashOf(token),
        clientId,
        sealed: new Uint8Array(sealed),
        expiresAt: new Date(expiresAt),
      };
      await db.read((client) => client.refreshReplay.createMany({ data: [row], skipDuplicates: true }));
    },
    find: async (token, clientId, now) => {
      const key = { tenantId: tenant, tokenHash: hashOf(token) };
      const row = await db.read((client) =>
        client.refreshReplay.findUnique({ where: { tenantId_tokenHash: key } }),
      );
      if (!row || row.clientId !== clientId || row.expiresAt.getTime() <= now) return undefined;
      const opened = await keys.open(tenant, { purpose: PURPOSE, record: recordOf(token) }, row.sealed);
      return new TextDecoder().decode(opened);
    },
  };
}
