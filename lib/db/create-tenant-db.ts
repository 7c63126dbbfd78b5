import type { QueryConfig } from 'pg';
import type { TenantId } from '#lib/core';
import { beginHooks } from './after-commit.ts';
import {
  ANSWER_GRACE_MS,
  SQL_STATEMENT_TIMEOUT_MS,
  TRANSACTION_TIMEOUT_MS,
  TRANSACTION_WAIT_MS,
} from './constants.ts';
import type { PrismaClient } from './generated/client.ts';
import { createStatementNames } from './statement-names.ts';
import type { SqlLanes } from './sql-lanes.ts';
import { forgetTenantOf, runForTenant, type TenantPool } from './tenant-pool.ts';
import type { TransactionPlaces } from './transaction-places.ts';
import type { RunStatement, TenantClient, TenantDb, TenantTransaction, TransactionOptions } from './types.ts';

const statementName = createStatementNames('s');

export interface TenantDbParts {
  readonly tenant: TenantId;
  /** Prisma for this tenant, on the pool that sets the tenant. */
  readonly client: PrismaClient;
  /** Raw connections with short timeouts. */
  readonly sqlPool: TenantPool;
  readonly lanes: SqlLanes;
  /** Of all tenants together. */
  readonly places: TransactionPlaces;
}

export function createTenantDb({ tenant, client, sqlPool, lanes, places }: TenantDbParts): TenantDb {
  const lane = lanes.lane(tenant);
  const sqlCallback: TenantDb['sqlCallback'] = <Row>(
    text: string,
    values: readonly unknown[],
    done: (error: Error | null, rows: readonly Row[]) => void,
  ) => lane.run(statement(text, values), done as (error: Error | null, rows: readonly unknown[]) => void);
  return {
    tenant,
    sqlCallback,
    read: async <T>(f: (client: TenantClient) => Promise<T>) =>
      await runForTenant(tenant, async () => await f(client)),
    transaction: async <T>(f: (tx: TenantTransaction) => Promise<T>, options: TransactionOptions = {}) =>
      await places.run(
        async () => await runForTenant(tenant, async () => await runTransaction(client, f, options)),
      ),
    sql: async <Row>(text: string, values: readonly unknown[]) =>
      await new Promise<readonly Row[]>((resolve, reject) => {
        sqlCallback<Row>(text, values, (error, rows) => (error ? reject(error) : resolve(rows)));
      }),
    sqlTransaction: async <T>(f: (run: RunStatement) => Promise<T>) =>
      await runForTenant(tenant, async () => {
        lanes.makeRoom();
        return await runSqlTransaction(sqlPool, f);
      }),
  };
}

async function runTransaction<T>(
  client: PrismaClient,
  f: (tx: TenantTransaction) => Promise<T>,
  options: TransactionOptions,
): Promise<T> {
  let committed: (() => void) | undefined;
  const result = await client.$transaction(
    async (tx) => {
      committed = beginHooks(tx);
      return await f(tx);
    },
    {
      timeout: options.timeoutMs ?? TRANSACTION_TIMEOUT_MS,
      maxWait: TRANSACTION_WAIT_MS,
      ...(options.isolation ? { isolationLevel: options.isolation } : {}),
    },
  );
  committed?.();
  return result;
}

/** Raw connections have no limit of their own: their lanes watch over them, and a transaction says it itself. */
const timed: object = { query_timeout: SQL_STATEMENT_TIMEOUT_MS + ANSWER_GRACE_MS };

async function runSqlTransaction<T>(pool: TenantPool, f: (run: RunStatement) => Promise<T>): Promise<T> {
  const connection = await pool.connect();
  try {
    await connection.query({ ...timed, text: 'begin' });
    const result = await f(async <Row>(text: string, values: readonly unknown[]) => {
      const { rows } = await connection.query({ ...statement(text, values), ...timed });
      return rows as Row[];
    });
    await connection.query({ ...timed, text: 'commit' });
    connection.release();
    return result;
  } catch (error) {
    forgetTenantOf(connection);
    const rolledBack = await connection.query({ ...timed, text: 'rollback' }).then(
      () => true,
      () => false,
    );
    connection.release(!rolledBack);
    throw error;
  }
}

function statement(text: string, values: readonly unknown[]): QueryConfig {
  const name = statementName(text);
  return { text, values: values as unknown[], ...(name === undefined ? {} : { name }) };
}
