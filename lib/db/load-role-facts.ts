import type { Pool } from 'pg';
import type { RoleFacts } from './types.ts';

/** What the role we are connected as could do beyond the application's rights. */
export async function loadRoleFacts(pool: Pool): Promise<RoleFacts> {
  const { rows } = await pool.query<RoleFacts>(
    `select r.rolname as role, r.rolsuper as superuser, r.rolbypassrls as "bypassesRowSecurity",
            exists(select from pg_class c join pg_namespace n on n.oid = c.relnamespace
                   where n.nspname = current_schema() and c.relkind = 'r'
                     and pg_has_role(r.rolname, c.relowner, 'MEMBER')) as "ownsTables",
            current_setting('synchronous_commit') as "synchronousCommit",
            (select count(*) from pg_stat_replication)::int as standbys,
            current_setting('synchronous_standby_names') as "synchronousStandbys"
     from pg_roles r where r.rolname = session_user`,
  );
  const facts = rows[0];
  if (!facts) throw new Error('PostgreSQL does not know the role it is connected as');
  return facts;
}
