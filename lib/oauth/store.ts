import { toHex, type TenantId } from '#lib/core';
import type { Database, TenantTransaction } from '#lib/db';
import type { Keys } from '#lib/keys';
import { hashOf } from './hash.ts';

/** What oidc-provider keeps: a code, a refresh token, an interaction. Never seen outside in clear. */
export type Payload = Readonly<Record<string, unknown>>;

export interface StoredPayload {
  readonly payload: Payload;
  /** When it was used up, in epoch milliseconds. */
  readonly consumedAt?: number;
}

/**
 * Codes, tokens and interactions under the SHA-256 of their ids, sealed. Whoever reads the table can neither
 * present a token nor learn whose it is.
 */
export interface PayloadStore {
  save(model: string, id: string, payload: Payload, expiresAt: number | undefined): Promise<void>;
  /** False when it was there already: one insert decides between two at the same instant. */
  saveOnce(model: string, id: string, payload: Payload, expiresAt: number | undefined): Promise<boolean>;
  find(model: string, id: string): Promise<StoredPayload | undefined>;
  /** One conditional UPDATE: of two at the same instant, one gets true. */
  consume(model: string, id: string): Promise<boolean>;
  /** The same inside a transaction, replacing the payload. */
  consumeIn(tx: TenantTransaction, model: string, id: string, payload: Payload): Promise<boolean>;
  /** False when it was not there: of two at the same instant, one gets true. */
  remove(model: string, id: string): Promise<boolean>;
  sweep(now: number): Promise<void>;
}

export interface PayloadStoreDeps {
  readonly database: Database;
  readonly keys: Keys;
  readonly now: () => number;
}

const PURPOSE = 'oauth-payload';

export function createPayloadStore(
  { database, keys, now }: PayloadStoreDeps,
  tenant: TenantId,
): PayloadStore {
  const db = database.tenantDb(tenant);
  const keyOf = (model: string, id: string) => ({ tenantId: tenant, model, idHash: hashOf(id) });
  const recordOf = (model: string, id: string) => `${model}/${toHex(hashOf(id))}`;
  const seal = async (model: string, id: string, payload: Payload) =>
    new Uint8Array(
      await keys.seal(
        tenant,
        { purpose: PURPOSE, record: recordOf(model, id) },
        new TextEncoder().encode(JSON.stringify(payload)),
      ),
    );
  const columns = (payload: Payload, expiresAt: number | undefined) => ({
    grantIdHash: typeof payload['grantId'] === 'string' ? hashOf(payload['grantId']) : null,
    expiresAt: expiresAt === undefined ? null : new Date(expiresAt),
  });

  return {
    save: async (model, id, payload, expiresAt) => {
      const data = { sealed: await seal(model, id, payload), ...columns(payload, expiresAt) };
      const key = keyOf(model, id);
      await db.read((client) =>
        client.oauthPayload.upsert({
          where: { tenantId_model_idHash: key },
          create: { ...key, ...data },
          update: data,
        }),
      );
    },
    saveOnce: async (model, id, payload, expiresAt) => {
      const sealed = await seal(model, id, payload);
      const row = { ...keyOf(model, id), sealed, ...columns(payload, expiresAt) };
      const made = await db.read((client) =>
        client.oauthPayload.createMany({ data: [row], skipDuplicates: true }),
      );
      return made.count === 1;
    },
    find: async (model, id) => {
      const row = await db.read((client) =>
        client.oauthPayload.findUnique({ where: { tenantId_model_idHash: keyOf(model, id) } }),
      );
      if (!row) return undefined;
      const opened = await keys.open(tenant, { purpose: PURPOSE, record: recordOf(model, id) }, row.sealed);
      const payload = JSON.parse(new TextDecoder().decode(opened)) as Payload;
      return { payload, ...(row.consumedAt ? { consumedAt: row.consumedAt.getTime() } : {}) };
    },
    consume: async (model, id) => {
      const changed = await db.read((client) =>
        client.oauthPayload.updateMany({
          where: { ...keyOf(model, id), consumedAt: null },
          data: { consumedAt: new Date(now()) },
        }),
      );
      return changed.count === 1;
    },
    consumeIn: async (tx, model, id, payload) => {
      const sealed = await seal(model, id, payload);
      const changed = await tx.oauthPayload.updateMany({
        where: { ...keyOf(model, id), consumedAt: null },
        data: { sealed, consumedAt: new Date(now()) },
      });
      return changed.count === 1;
    },
    remove: async (model, id) => {
      const gone = await db.read((client) => client.oauthPayload.deleteMany({ where: keyOf(model, id) }));
      return gone.count === 1;
    },
    sweep: async (time) => {
      const due = { tenantId: tenant, expiresAt: { lt: new Date(time) } };
      await db.read((client) => client.oauthPayload.deleteMany({ where: due }));
      await db.read((client) => client.refreshReplay.deleteMany({ where: due }));
    },
  };
}
