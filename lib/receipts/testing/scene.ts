import { createTestDatabase, type TestDatabase } from '../../../e2e/harness/index.ts';
import { systemClock, type Clock } from '#lib/core';
import type { Database } from '#lib/db';
import { createReceipts } from '../create-receipts.ts';
import type { LogUnavailable } from '../errors.ts';
import type { Appended, LogOwner, ReceiptDraft, Receipts, ReceiptsDeps, TenantLog } from '../types.ts';
import { memoryKeys } from './memory-keys.ts';

export interface Scene {
  readonly test: TestDatabase;
  readonly keys: ReturnType<typeof memoryKeys>;
  /** Notes of the logger, for tests that look at them. */
  readonly warnings: string[];
  receipts(database?: Database, more?: Partial<ReceiptsDeps>): Receipts;
  /** A tenant with an open log. */
  tenant(receipts: Receipts): Promise<LogOwner>;
  close(): Promise<void>;
}

export async function createScene(clock: Clock = systemClock): Promise<Scene> {
  const test = await createTestDatabase({ poolSize: 6 });
  const keys = memoryKeys();
  const made: Receipts[] = [];
  const warnings: string[] = [];
  const note = (_details: object, message: string) => void warnings.push(message);
  return {
    test,
    keys,
    warnings,
    receipts: (database = test.database, more = {}) => {
      const receipts = createReceipts({
        database,
        keys,
        clock,
        logger: { warn: note, error: note },
        ...more,
      });
      made.push(receipts);
      return receipts;
    },
    tenant: async (receipts) => {
      const tenant = await test.tenant();
      await receipts.openLog(tenant);
      return tenant;
    },
    close: async () => {
      for (const receipts of made) await receipts.close().catch(() => undefined);
      await test.close();
    },
  };
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
