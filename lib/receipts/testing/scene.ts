import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '../../../e2e/harness/index.ts';
import { systemClock, type Clock, type PersonId, type TenantId } from '#lib/core';
import type { Database } from '#lib/db';
import { createKeys, createLocalKeyProvider, type Keys, type SealUnder } from '#lib/keys';
import { createReceipts } from '../create-receipts.ts';
import type { LogUnavailable } from '../errors.ts';
import type { Appended, LogOwner, ReceiptDraft, Receipts, ReceiptsDeps, TenantLog } from '../types.ts';

export interface Scene {
  readonly test: TestDatabase;
  /** Of the first replica. */
  readonly keys: Keys;
  receipts(database?: Database, more?: Partial<ReceiptsDeps>): Receipts;
  /** A tenant with keys and an open log. */
  tenant(receipts: Receipts): Promise<LogOwner>;
  close(): Promise<void>;
}

/** A database, real keys in a folder of their own, and as many replicas as a test asks for. */
export async function createScene(clock: Clock = systemClock): Promise<Scene> {
  const test = await createTestDatabase({ poolSize: 6 });
  const keysDir = mkdtempSync(join(tmpdir(), 'countersign-receipts-'));
  const withKey = new Map<PersonId, Promise<void>>();
  const keysOf = new Map<Database, Keys>();
  const keysFor = (database: Database): Keys => {
    const known = keysOf.get(database);
    if (known) return known;
    const provider = createLocalKeyProvider({ keysDir });
    const made = withPersonKeys(createKeys({ database, provider, clock }), test.database, withKey);
    keysOf.set(database, made);
    return made;
  };
  const closing: Receipts[] = [];
  const quiet = { warn: () => undefined, error: () => undefined };
  return {
    test,
    keys: keysFor(test.database),
    receipts: (database = test.database, more = {}) => {
      const receipts = createReceipts({ database, keys: keysFor(database), clock, logger: quiet, ...more });
      closing.push(receipts);
      return receipts;
    },
    tenant: async (receipts) => {
      const tenant = await test.tenant();
      await keysFor(test.database).createTenantKeys(tenant.id);
      await receipts.openLog(tenant);
      return tenant;
    },
    close: async () => {
      for (const receipts of closing) await receipts.close().catch(() => undefined);
      for (const keys of keysOf.values()) keys.close();
      await test.close();
      rmSync(keysDir, { recursive: true });
    },
  };
}

/** Gives every person of a test a key when it is first asked for. */
function withPersonKeys(keys: Keys, database: Database, withKey: Map<PersonId, Promise<void>>): Keys {
  const sealer = async (tenant: TenantId, under: SealUnder) => {
    if (typeof under === 'object') {
      const { person } = under;
      const create = async () =>
        await database
          .tenantDb(tenant)
          .transaction(async (tx) => await keys.createPersonKey(tx, tenant, person));
      const made = withKey.get(person) ?? create();
      withKey.set(person, made);
      await made;
    }
    return await keys.sealer(tenant, under);
  };
  return { ...keys, sealer: sealer as Keys['sealer'] };
}

export async function attempt(log: TenantLog, draft: ReceiptDraft): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    log.attempt(draft, (error: LogUnavailable | null) => (error ? reject(error) : resolve()));
  });
}

export async function outcome(log: TenantLog, draft: ReceiptDraft): Promise<Appended> {
  return await new Promise<Appended>((resolve, reject) => {
    log.outcome(draft, (error, appended) =>
      appended ? resolve(appended) : reject(error ?? new Error('nothing')),
    );
  });
}
