import type { QueryConfig, QueryResult } from 'pg';
import type { TenantId } from '#lib/core';
import { beginHooks } from './after-commit.ts';
import { TRANSACTION_TIMEOUT_MS, TRANSACTION_WAIT_MS } from './constants.ts';
import type { PrismaClient } from './generated/client.ts';
import { createStatementNames } from './statement-names.ts';
import { forgetTenantOf, runForTenant, type TenantPool } from './tenant-pool.ts';
import type { RunStatement, TenantClient, TenantDb, TenantTransaction, TransactionOptions } from './types.ts';

const statementName = createStatementNames('s');

export interface TenantDbParts {
  readonly tenant: TenantId;
  /** Prisma for this tenant, on the pool that sets the tenant. */
  readonly client: PrismaClient;
  /** Raw connections with short timeouts. */
  readonly sqlPool: TenantPool;
}

export function createTenantDb({ tenant, client, sqlPool }: TenantDbParts): TenantDb {
  const sqlCallback: TenantDb['sqlCallback'] = <Row>(
    text: string,
    values: readonly unknown[],
    done: (error: Error | null, rows: readonly Row[]) => void,
  ) => {
    sqlPool.connectFor(tenant, (error, connection, release) => {
      if (!connection) return done(error ?? new Error('the pool gave no connection'), []);
      connection.query(statement(text, values), (failure: Error | null, result?: QueryResult) => {
        if (failure) forgetTenantOf(connection);
        release(isBroken(failure) ? failure : undefined);
        done(failure, failure ? [] : ((result?.rows ?? []) as Row[]));
      });
    });
  };
  return {
    tenant,
    sqlCallback,
    read: async <T>(f: (client: TenantClient) => Promise<T>) =>
      await runForTenant(tenant, async () => await f(client)),
    transaction: async <T>(f: (tx: TenantTransaction) => Promise<T>, options: TransactionOptions = {}) =>
      await runForTenant(tenant, async () => await runTransaction(client, f, options)),
    sql: async <Row>(text: string, values: readonly unknown[]) =>
      await new Promise<readonly Row[]>((resolve, reject) => {
        sqlCallback<Row>(text, values, (error, rows) => (error ? reject(error) : resolve(rows)));
      }),
    sqlTransaction: async <T>(f: (run: RunStatement) => Promise<T>) =>
      await runForTenant(tenant, async () => await runSqlTransaction(sqlPool, f)),
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

async function runSqlTransaction<T>(pool: TenantPool, f: (run: RunStatement) => Promise<T>): Promise<T> {
  const connection = await pool.connect();
  try {
    await connection.query('begin');
    const result = await f(async <Row>(text: string, values: readonly unknown[]) => {
      const { rows } = await connection.query(statement(text, values));
      return rows as Row[];
    });
    await connection.query('commit');
    connection.release();
    return result;
  } catch (error) {
    forgetTenantOf(connection);
    const rolledBack = await connection.query('rollback').then(
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

/** An error that PostgreSQL answered with leaves the connection usable; any other, and its own farewells (57P…), do not. */
function isBroken(error: (Error & { code?: string; severity?: string }) | null): boolean {
  return error !== null && (error.severity !== 'ERROR' || error.code?.startsWith('57P') === true);
}
