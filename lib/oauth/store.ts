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

interface PayloadSeal {
  seal(model: string, id: string, payload: Payload): Promise<Uint8Array<ArrayBuffer>>;
  open(model: string, id: string, sealed: Uint8Array): Promise<Payload>;
}

const PURPOSE = 'oauth-payload';

function createPayloadSeal(keys: Keys, tenant: TenantId): PayloadSeal {
  const placeOf = (model: string, id: string) => ({
    purpose: PURPOSE,
    record: `${model}/${toHex(hashOf(id))}`,
  });
  return {
    seal: async (model, id, payload) => {
      const bytes = new TextEncoder().encode(JSON.stringify(payload));
      return new Uint8Array(await keys.seal(tenant, placeOf(model, id), bytes));
    },
    open: async (model, id, sealed) => {
      const bytes = await keys.open(tenant, placeOf(model, id), sealed);
      return JSON.parse(new TextDecoder().decode(bytes)) as Payload;
    },
  };
}

function columnsOf(payload: Payload, expiresAt: number | undefined) {
  return {
    grantIdHash: typeof payload['grantId'] === 'string' ? hashOf(payload['grantId']) : null,
    expiresAt: expiresAt === undefined ? null : new Date(expiresAt),
  };
}

export function createPayloadStore(
  { database, keys, now }: PayloadStoreDeps,
  tenant: TenantId,
): PayloadStore {
  const db = database.tenantDb(tenant);
  const { seal, open } = createPayloadSeal(keys, tenant);
  const keyOf = (model: string, id: string) => ({ tenantId: tenant, model, idHash: hashOf(id) });
  const unused = (model: string, id: string) => ({ ...keyOf(model, id), consumedAt: null });

  return {
    save: async (model, id, payload, expiresAt) => {
      const data = { sealed: await seal(model, id, payload), ...columnsOf(payload, expiresAt) };
      const key = keyOf(model, id);
      const where = { tenantId_model_idHash: key };
      await db.read((client) =>
        client.oauthPayload.upsert({ where, create: { ...key, ...data }, update: data }),
      );
    },
    saveOnce: async (model, id, payload, expiresAt) => {
      const sealed = await seal(model, id, payload);
      const data = [{ ...keyOf(model, id), sealed, ...columnsOf(payload, expiresAt) }];
      const made = await db.read((client) => client.oauthPayload.createMany({ data, skipDuplicates: true }));
      return made.count === 1;
    },
    find: async (model, id) => {
      const where = { tenantId_model_idHash: keyOf(model, id) };
      const row = await db.read((client) => client.oauthPayload.findUnique({ where }));
      if (!row) return undefined;
      const payload = await open(model, id, row.sealed);
      return { payload, ...(row.consumedAt ? { consumedAt: row.consumedAt.getTime() } : {}) };
    },
    consume: async (model, id) => {
      const change = { where: unused(model, id), data: { consumedAt: new Date(now()) } };
      return (await db.read((client) => client.oauthPayload.updateMany(change))).count === 1;
    },
    consumeIn: async (tx, model, id, payload) => {
      const data = { sealed: await seal(model, id, payload), consumedAt: new Date(now()) };
      return (await tx.oauthPayload.updateMany({ where: unused(model, id), data })).count === 1;
    },
    remove: async (model, id) => {
      const where = keyOf(model, id);
      return (await db.read((client) => client.oauthPayload.deleteMany({ where }))).count === 1;
    },
    sweep: async (time) => {
      const where = { tenantId: tenant, expiresAt: { lt: new Date(time) } };
      await db.read((client) => client.oauthPayload.deleteMany({ where }));
      await db.read((client) => client.refreshReplay.deleteMany({ where }));
    },
  };
}
