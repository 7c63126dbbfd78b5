import { constants } from 'node:fs';
import { access, mkdir, readdir, stat } from 'node:fs/promises';
import { sep } from 'node:path';
import { productionProblems } from '#lib/config';
import type { RoleFacts } from '#lib/db';
import type { TenantRecord } from '#lib/identity';
import { bad, good, judge, type Finding } from './finding.ts';
import { gatherFacts } from './gather-facts.ts';
import type { Modules } from './types.ts';

const OTHERS = 0o007;

/** What concerns the whole instance: database, folders, and what a production start would refuse. */
export async function diagnoseInstance(
  modules: Modules,
  tenants: readonly TenantRecord[],
): Promise<readonly Finding[]> {
  const { config } = modules;
  const problems = productionProblems(config, await gatherFacts(modules));
  return [
    ...(await diagnoseDatabase(modules)),
    await diagnoseKeysDir(modules, tenants),
    await diagnoseHighWaterDir(modules),
    ...diagnosePrograms(modules),
    ...problems.map(({ variable, message, remedy }) =>
      bad(`production: ${variable}`, { wrong: message, mend: remedy }),
    ),
  ];
}

async function diagnoseDatabase({ database }: Modules): Promise<readonly Finding[]> {
  const role = await database.roleFacts();
  const powers = [
    role.superuser && 'is a superuser',
    role.bypassesRowSecurity && 'has BYPASSRLS',
    role.ownsTables && 'owns tables',
  ].filter((power) => power !== false);
  return [
    judge('database role', powers.length === 0, {
      wrong: `${role.role} ${powers.join(', ')}: it could switch row-level security off`,
      mend: 'Give DATABASE_URL the application’s own role (prisma/README.md); DATABASE_ADMIN_URL migrates.',
    }),
    judge('synchronous commit', role.synchronousCommit !== 'off', {
      wrong: 'synchronous_commit is off: a crash could lose receipts that were acknowledged',
      mend: `ALTER ROLE ${role.role} SET synchronous_commit = on; with failover, name a synchronous standby.`,
    }),
    judgeStandbys(role),
  ];
}

/** Without a standby there is no failover, and nothing that it could lose. */
function judgeStandbys({ role, standbys, synchronousStandbys, synchronousCommit }: RoleFacts): Finding {
  const name = 'synchronous standby';
  if (standbys === 0) return good(name, 'no server replicates from this one now');
  if (synchronousStandbys === '') {
    return bad(name, {
      wrong: `${standbys} servers replicate from this one, and no commit waits for any: after a failover receipts that were acknowledged could be missing`,
      mend: "Set synchronous_standby_names (Patroni: synchronous_mode: true), such as 'ANY 1 (*)'.",
    });
  }
  return judge(name, synchronousCommit !== 'local', {
    wrong: 'synchronous_commit is local: commits do not wait for the synchronous standby',
    mend: `ALTER ROLE ${role} SET synchronous_commit = on.`,
  });
}

/** Files of tenants that the database does not know: of a tenant made after the backup that was restored, or of another instance. */
async function diagnoseKeysDir(
  { config: { keysDir } }: Modules,
  tenants: readonly TenantRecord[],
): Promise<Finding> {
  const name = 'key folder';
  const mode = await stat(keysDir).then(
    (found) => found.mode,
    () => undefined,
  );
  if (mode === undefined) {
    return bad(name, {
      wrong: `${keysDir} can't be read`,
      mend: 'Check KEYS_DIR, and that this user may read it.',
    });
  }
  if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
    const wrong = `${keysDir} is open to other users of this machine`;
    return bad(name, { wrong, mend: `Run chmod 700 ${keysDir}.` });
  }
  const known = new Set<string>(tenants.map(({ id }) => id));
  const strays = (await readdir(keysDir)).filter(
    (file) => file.endsWith('.key') && !known.has(file.split('.')[0] ?? ''),
  );
  return strays.length === 0
    ? good(name, keysDir)
    : good(
        name,
        `${keysDir}; it also holds keys of tenants that are not in this database: ${strays.join(', ')}`,
      );
}

async function diagnoseHighWaterDir({ config }: Modules): Promise<Finding> {
  const name = 'high water';
  const { highWaterDir, databaseUrl, dataDir } = config;
  try {
    await mkdir(highWaterDir, { recursive: true });
    await access(highWaterDir, constants.R_OK | constants.W_OK);
  } catch {
    const wrong = `${highWaterDir} can't be written: a database restored from a backup would not be noticed`;
    return bad(name, { wrong, mend: 'Give HIGH_WATER_DIR a persistent folder that this user may write.' });
  }
  const isBeside = databaseUrl === undefined && highWaterDir.startsWith(dataDir + sep);
  return good(
    name,
    isBeside
      ? `${highWaterDir}; it lies beside the database: a backup of all of DATA_DIR takes it along, and its restore goes unnoticed`
      : highWaterDir,
  );
}

/** MCP servers that the operator runs here: whether each could be started, and how it is shut in. */
function diagnosePrograms({ stdio }: Modules): readonly Finding[] {
  return stdio.examine().map(({ name, launcher, about, problems }) => {
    const finding = `stdio server ${name}`;
    if (problems.length > 0)
      return bad(finding, { wrong: problems.join('; '), mend: 'Mend it in the file of STDIO_SERVERS.' });
    const mend = 'Install bubblewrap, or as root give it a user of its own (docs/stdio.md).';
    return launcher === 'none' ? bad(finding, { wrong: about, mend }) : good(finding, about);
  });
}
