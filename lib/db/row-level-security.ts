/** Tables that the application only ever adds to: what is in the log stays there. */
const ADD_ONLY: ReadonlySet<string> = new Set([
  'log_batch',
  'log_term',
  'log_tile',
  'manifest_application',
  'policy_activation',
]);
/** Tables whose rows change but never go. */
const NEVER_DELETED: ReadonlySet<string> = new Set([
  'receipt_log',
  'log_head',
  'policy_set',
  'key_encryption_key',
]);
/** What the application may do with the tables without tenant data. */
const SYSTEM_GRANTS: Readonly<Record<string, string>> = {
  tenant: 'SELECT, INSERT, UPDATE',
  replica_lease: 'SELECT, INSERT, UPDATE, DELETE',
  revocation: 'SELECT, INSERT, DELETE',
  revocation_head: 'SELECT, UPDATE',
};
/** Columns beyond key and expiry by which a sweeper finds what is due. */
const SWEPT_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  log_replica: [],
  receipt_outbox: ['sequence', 'created_at'],
  replica_lease: ['expires_at', 'fenced_at', 'recovered_at'],
};

/** Columns of sealed, signed and hashed bytes: PostgreSQL would spend its time on compressing what does not compress. */
const INCOMPRESSIBLE: Readonly<Record<string, readonly string[]>> = {
  log_batch: ['leaves', 'hashes', 'archive'],
  log_tile: ['hashes'],
};

interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  readonly key: readonly string[];
}

/**
 * The part of the migration that Prisma has no words for: roles, rights and row-level security, for the tables
 * that `schemaSql` creates. Every table with tenant_id gets the policy; a table without must be a named one.
 */
export function rowLevelSecuritySql(schemaSql: string): string {
  const tables = parseTables(schemaSql);
  const statements = [ROLES];
  for (const table of tables) {
    if (table.columns.includes('tenant_id')) statements.push(tenantTable(table));
    else statements.push(systemTable(table));
  }
  statements.push(
    '-- The one row of the revocation sequence.\nINSERT INTO "revocation_head" ("id", "sequence") VALUES (1, 0);',
  );
  return `${statements.join('\n\n')}\n`;
}

const ROLES = `-- Roles are the cluster's, not the database's: an operator may have made them before, with a login of their own.
DO $$
BEGIN
  CREATE ROLE countersign_app NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

DO $$
BEGIN
  CREATE ROLE countersign_sweeper NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

-- The application may become the sweeper, and has none of its sight until it does.
DO $$
BEGIN
  GRANT countersign_sweeper TO countersign_app WITH INHERIT FALSE, SET TRUE;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

GRANT USAGE ON SCHEMA public TO countersign_app, countersign_sweeper;
GRANT SELECT ON "_prisma_migrations" TO countersign_app;`;

function tenantTable(table: Table): string {
  const { name } = table;
  return [
    `ALTER TABLE "${name}" ENABLE ROW LEVEL SECURITY;`,
    `ALTER TABLE "${name}" FORCE ROW LEVEL SECURITY;`,
    `CREATE POLICY "tenant_isolation" ON "${name}"`,
    `  USING ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid)`,
    `  WITH CHECK ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid);`,
    `GRANT ${tenantGrants(name)} ON "${name}" TO countersign_app;`,
    ...(name === 'receipt_outbox'
      ? [`GRANT USAGE ON SEQUENCE "receipt_outbox_sequence_seq" TO countersign_app;`]
      : []),
    ...sweeping(table),
    ...(INCOMPRESSIBLE[name] ?? []).map(
      (column) => `ALTER TABLE "${name}" ALTER COLUMN "${column}" SET STORAGE EXTERNAL;`,
    ),
  ].join('\n');
}

function tenantGrants(name: string): string {
  if (ADD_ONLY.has(name)) return 'SELECT, INSERT';
  return NEVER_DELETED.has(name) ? 'SELECT, INSERT, UPDATE' : 'SELECT, INSERT, UPDATE, DELETE';
}

function systemTable(table: Table): string {
  const grants = SYSTEM_GRANTS[table.name];
  if (grants === undefined) {
    throw new Error(
      `table ${table.name} has no tenant_id and is not one of the named tables without tenant data`,
    );
  }
  const swept = SWEPT_COLUMNS[table.name];
  return [
    `GRANT ${grants} ON "${table.name}" TO countersign_app;`,
    ...(swept
      ? [`GRANT SELECT (${quoted([...table.key, ...swept])}) ON "${table.name}" TO countersign_sweeper;`]
      : []),
  ].join('\n');
}

/** A sweeper sees of all tenants which row is due, and nothing of what it says. */
function sweeping({ name, columns, key }: Table): string[] {
  const extra = SWEPT_COLUMNS[name] ?? (columns.includes('expires_at') ? ['expires_at'] : undefined);
  if (extra === undefined) return [];
  return [
    `CREATE POLICY "sweep" ON "${name}" FOR SELECT TO countersign_sweeper USING (true);`,
    `GRANT SELECT (${quoted([...key, ...extra])}) ON "${name}" TO countersign_sweeper;`,
  ];
}

function quoted(columns: readonly string[]): string {
  return columns.map((column) => `"${column}"`).join(', ');
}

function parseTables(sql: string): readonly Table[] {
  return [...sql.matchAll(/CREATE TABLE "(\w+)" \(\n([\s\S]*?)\n\);/g)].map(([, name = '', body = '']) => ({
    name,
    columns: [...body.matchAll(/^ {4}"(\w+)" /gm)].map(([, column = '']) => column),
    key: [...(/PRIMARY KEY \(([^)]*)\)/.exec(body)?.[1] ?? '').matchAll(/"(\w+)"/g)].map(
      ([, column = '']) => column,
    ),
  }));
}
