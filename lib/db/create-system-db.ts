import { beginHooks } from './after-commit.ts';
import { TRANSACTION_TIMEOUT_MS, TRANSACTION_WAIT_MS } from './constants.ts';
import type { PrismaClient } from './generated/client.ts';
import { runForNobody, type TenantPool } from './tenant-pool.ts';
import type { TransactionPlaces } from './transaction-places.ts';
import type { SystemClient, SystemDb } from './types.ts';

/** The named tables without tenant data. Tenants' tables are there for it too, and always empty: no tenant is set. */
export function createSystemDb({
  client,
  places,
  sweeperPool,
}: {
  client: PrismaClient;
  places: TransactionPlaces;
  sweeperPool: TenantPool;
}): SystemDb {
  return {
    read: async <T>(f: (client: SystemClient) => Promise<T>) =>
      await runForNobody(async () => await f(client)),
    transaction: async <T>(f: (tx: SystemClient) => Promise<T>) =>
      await runForNobody(async () => {
        let committed: (() => void) | undefined;
        const run = async (tx: SystemClient) => {
          committed = beginHooks(tx);
          return await f(tx);
        };
        const limits = { timeout: TRANSACTION_TIMEOUT_MS, maxWait: TRANSACTION_WAIT_MS };
        const result = await places.run(async () => await client.$transaction(run, limits));
        committed?.();
        return result;
      }),
    sweep: async <Row>(text: string, values: readonly unknown[]) =>
      await runForNobody(async () => {
        const { rows } = await sweeperPool.query(text, values as unknown[]);
        return rows as Row[];
      }),
  };
}
