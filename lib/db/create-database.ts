import { PrismaPg } from '@prisma/adapter-pg';
import type { TenantId } from '#lib/core';
import {
  ANSWER_GRACE_MS,
  CONTROL_STATEMENT_TIMEOUT_MS,
  IDLE_IN_TRANSACTION_TIMEOUT_MS,
  LOCK_TIMEOUT_MS,
  NOTIFY_PAYLOAD_BYTES_MAX,
  SQL_IDLE_IN_TRANSACTION_TIMEOUT_MS,
  SQL_LOCK_TIMEOUT_MS,
  SQL_STATEMENT_TIMEOUT_MS,
  STATEMENT_TIMEOUT_MS,
  TENANT_CLIENTS_MAX,
} from './constants.ts';
import { createLease } from './create-lease.ts';
import { createRevocationSequence } from './create-revocation-sequence.ts';
import { createSystemDb } from './create-system-db.ts';
import { createTenantDb } from './create-tenant-db.ts';
import { PrismaClient } from './generated/client.ts';
import { loadRoleFacts } from './load-role-facts.ts';
import { NotificationListener } from './notification-listener.ts';
import { createSqlLanes } from './sql-lanes.ts';
import { createStatementNames } from './statement-names.ts';
import { filteredClient, type MakeTenantClient } from './tenant-client.ts';
import { createTransactionPlaces } from './transaction-places.ts';
import { TenantPool } from './tenant-pool.ts';
import type { Database, DatabaseOptions, DatabasePool, TenantDb } from './types.ts';

/**
 * Connects as the application's role, takes a replica lease and starts confirming the revocation sequence.
 * @param makeTenantClient replaced only by the test that shows row-level security holding alone.
 */
export async function createDatabase(
  options: DatabaseOptions,
  makeTenantClient: MakeTenantClient = filteredClient,
): Promise<Database> {
  const { logger } = options;
  const now = options.monotonicNow ?? (() => performance.now());
  const pools = createPools(options);
  const prismaName = createStatementNames('p');
  const adapter = new PrismaPg(pools.prisma, { statementNameGenerator: ({ sql }) => prismaName(sql) ?? '' });
  const client = new PrismaClient({ adapter });
  const listener = new NotificationListener(options.url, logger);
  const notify = async (channel: string, payload: string) => {
    if (Buffer.byteLength(payload) > NOTIFY_PAYLOAD_BYTES_MAX)
      throw new Error(`a NOTIFY on ${channel} is too long`);
    await pools.control.query('select pg_notify($1, $2)', [channel, payload]);
  };
  const lanes = createSqlLanes(pools.sql, now);
  const places = createTransactionPlaces(options.poolSize);
  const closing: (() => Promise<void>)[] = [
    async () => lanes.close(),
    async () => await client.$disconnect(),
    ...Object.values(pools).map((pool) => async () => await pool.end()),
  ];
  const close = async () => {
    for (const step of closing.splice(0)) await step();
  };
  try {
    closing.unshift(async () => await listener.close());
    const lease = await createLease({ pool: pools.control, logger, now });
    closing.unshift(async () => await lease.close());
    const revocations = await createRevocationSequence({
      pool: pools.control,
      listener,
      notify,
      logger,
      now,
    });
    closing.unshift(async () => await revocations.close());
    return {
      tenantDb: rememberTenants((tenant) =>
        createTenantDb({
          tenant,
          client: makeTenantClient(client, tenant),
          sqlPool: pools.sql,
          lanes,
          places,
        }),
      ),
      systemDb: createSystemDb({ client, places, sweeperPool: pools.sweeper }),
      lease,
      revocations,
      notify,
      listen: async (channel, handler) => await listener.listen(channel, handler),
      ping: async () => void (await pools.control.query('select 1')),
      pools: () => Object.entries(pools).map(([name, pool]) => describePool(name, pool)),
      roleFacts: async () => await loadRoleFacts(pools.control),
      close,
    };
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
}

/** Control connections are apart, so that a crowd of queries can't cost this replica its lease or its freshness. */
function createPools({ url, poolSize, logger }: DatabaseOptions) {
  const pool = (name: string, max: number, timeouts: object) =>
    new TenantPool(
      { connectionString: url, application_name: `countersign ${name}`, max, ...timeouts },
      logger,
    );
  return {
    prisma: pool('prisma', poolSize, {
      lock_timeout: LOCK_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      query_timeout: STATEMENT_TIMEOUT_MS + ANSWER_GRACE_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    }),
    sql: pool('sql', poolSize, {
      lock_timeout: SQL_LOCK_TIMEOUT_MS,
      statement_timeout: SQL_STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: SQL_IDLE_IN_TRANSACTION_TIMEOUT_MS,
    }),
    control: pool('control', 3, {
      statement_timeout: CONTROL_STATEMENT_TIMEOUT_MS,
      query_timeout: CONTROL_STATEMENT_TIMEOUT_MS,
    }),
    sweeper: pool('sweeper', 1, {
      statement_timeout: STATEMENT_TIMEOUT_MS,
      query_timeout: STATEMENT_TIMEOUT_MS + ANSWER_GRACE_MS,
      options: '-c role=countersign_sweeper',
    }),
  };
}

function describePool(name: string, { totalCount, idleCount, waitingCount }: TenantPool): DatabasePool {
  return { pool: name, busy: totalCount - idleCount, idle: idleCount, waiting: waitingCount };
}

/** A tenant's client is made once and kept while it is among the most recently used. */
function rememberTenants(make: (tenant: TenantId) => TenantDb): (tenant: TenantId) => TenantDb {
  const known = new Map<TenantId, TenantDb>();
  return (tenant) => {
    const made = known.get(tenant) ?? make(tenant);
    known.delete(tenant);
    known.set(tenant, made);
    const oldest = known.keys().next();
    if (known.size > TENANT_CLIENTS_MAX && !oldest.done) known.delete(oldest.value);
    return made;
  };
}
