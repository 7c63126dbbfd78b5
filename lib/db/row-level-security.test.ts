import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rowLevelSecuritySql } from './row-level-security.ts';

const prismaFolder = join(import.meta.dirname, '..', '..', 'prisma');
const [migration = '', ...later] = readdirSync(join(prismaFolder, 'migrations'))
  .filter((name) => !name.includes('.'))
  .toSorted()
  .map((name) => readFileSync(join(prismaFolder, 'migrations', name, 'migration.sql'), 'utf8'));

describe('rowLevelSecuritySql', () => {
  it('refuses a table that has no tenant and is not a named one', () => {
    const sql =
      'CREATE TABLE "note" (\n    "id" UUID NOT NULL,\n\n    CONSTRAINT "note_pkey" PRIMARY KEY ("id")\n);';
    expect(() => rowLevelSecuritySql(sql)).toThrow(/note has no tenant_id/);
  });

  it('protects every table with a tenant', () => {
    const sql =
      'CREATE TABLE "note" (\n    "tenant_id" UUID NOT NULL,\n    "id" UUID NOT NULL,\n\n    CONSTRAINT "note_pkey" PRIMARY KEY ("tenant_id","id")\n);';
    expect(rowLevelSecuritySql(sql)).toContain('ALTER TABLE "note" FORCE ROW LEVEL SECURITY;');
  });

  it('is what the first migration says', () => {
    const [tables, rest] = migration.split('\n-- Row-level security, roles and rights\n');
    expect(rest).toBe(rowLevelSecuritySql(tables ?? ''));
  });

  it('is what each later migration says of the tables that it makes', () => {
    for (const sql of later) {
      for (const [table] of sql.matchAll(/CREATE TABLE "\w+" \(\n[\s\S]*?\n\);/g)) {
        const [, protection = ''] = rowLevelSecuritySql(table).split('countersign_app;\n\n');
        expect(sql).toContain(protection.split('\n\n')[0]);
      }
    }
  });

  it('covers every model of the schema', () => {
    const schema = readFileSync(join(prismaFolder, 'schema.prisma'), 'utf8');
    const tables = [...schema.matchAll(/@@map\("(\w+)"\)/g)].map(([, name]) => name);
    expect(tables.length).toBeGreaterThan(25);
    for (const table of tables)
      expect([migration, ...later].join('\n')).toContain(`CREATE TABLE "${table}" (`);
  });
});
