/**
 * The `countersign` command. Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 a dry run found changes, 7 evidence
 * did not verify.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { isUuid } from '#lib/core';
import { formatVerdict, verifyBundle } from '#lib/evidence';
import { type Finding, migrate, nodeEvidenceCrypto, withRuntime } from '#lib/runtime';
import { addAuditCommand } from './audit-command.ts';
import { EXIT_FAILED, json, operator, print, tenantOption } from './command-parts.ts';
import { describeFindings } from './describe-acts.ts';
import { addFileCommands } from './file-commands.ts';
import { addPolicyCommands } from './policy-commands.ts';
import { addTenantCommands } from './tenant-commands.ts';

const EXIT_NOT_VALID = 7;

const env = process.env;
const program = new Command('countersign')
  .description('Identity-aware trust layer for the Model Context Protocol.')
  .showHelpAfterError()
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

function receiptIds(text: string): readonly string[] {
  const ids = text.split(',').map((id) => id.trim());
  const wrong = ids.find((id) => !isUuid(id));
  if (wrong !== undefined) throw new InvalidArgumentError(`'${wrong}' is not the id of a receipt.`);
  return ids;
}

function count(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('A whole number from 1 is expected.');
  return Number(text);
}

/** A message says what to do; that of a missing file is the system's own, and says it in its own words. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, path } = error as NodeJS.ErrnoException;
  if (path === undefined) return error.message;
  if (code === 'ENOENT') return `there is no such file or folder: ${path}`;
  return code === 'EACCES' ? `may not be opened by this user: ${path}` : error.message;
}

program
  .command('serve')
  .description('serve until SIGTERM; WORKERS processes on one port')
  .action(async () => {
    const { serveUntilStopped } = await import('./serve.ts');
    await serveUntilStopped(env);
  });

program
  .command('migrate')
  .description('apply the migrations that the database lacks, and stop')
  .addOption(json())
  .action(async (options: { json?: boolean }) => {
    const applied = await migrate(env);
    const text = applied.length === 0 ? 'nothing to apply' : `applied ${applied.join(', ')}`;
    print(options.json, { applied }, text);
  });

program
  .command('bundle')
  .description(
    'write receipts with their proofs, and their bodies where asked for, into a file that verifies offline',
  )
  .addOption(tenantOption())
  .requiredOption('--out <bundle.json>', 'where to write the bundle')
  .option('--receipts <ids>', 'ids, comma-separated; without it the newest receipts', receiptIds)
  .option('--last <count>', 'how many of the newest receipts', count, 100)
  .option('--bodies', 'with the archived bodies; each reading is receipted')
  .option('--trust <trust.json>', 'also write the tenant’s trust file')
  .addOption(json())
  .action((options: BundleOptions) =>
    withRuntime(env, async (runtime) => {
      const written = await runtime.exportBundle({
        tenant: options.tenant,
        receipts: options.receipts,
        last: options.last,
        bodies: options.bodies === true,
        reader: { all: true, actor: operator },
      });
      await writeFile(options.out, JSON.stringify(written.bundle));
      if (options.trust !== undefined) await writeFile(options.trust, JSON.stringify(written.trust, null, 2));
      const count = written.bundle.receipts.length;
      print(options.json, { bundle: options.out, receipts: count }, `${count} receipts in ${options.out}`);
    }),
  );

interface BundleOptions {
  readonly tenant: string;
  readonly out: string;
  readonly receipts?: readonly string[];
  readonly last: number;
  readonly bodies?: boolean;
  readonly trust?: string;
  readonly json?: boolean;
}

program
  .command('verify')
  .description('verify a bundle offline; only VALID exits 0')
  .argument('<bundle.json>')
  .option('--trust <trust.json>', 'what you pinned, from a source you trust; without it nothing can be VALID')
  .addOption(json())
  .action(async (bundle: string, options: { trust?: string; json?: boolean }) => {
    const trust = options.trust === undefined ? undefined : await readFile(options.trust, 'utf8');
    const verdict = verifyBundle(await readFile(bundle, 'utf8'), trust, nodeEvidenceCrypto);
    print(options.json, verdict, formatVerdict(verdict));
    if (verdict.verdict !== 'VALID') process.exitCode = EXIT_NOT_VALID;
  });

program
  .command('erase')
  .description('erase a person: destroy the key that everything about them is sealed under')
  .addOption(tenantOption())
  .requiredOption('--person <email>', 'verified email, or the reference that receipts carry')
  .addOption(json())
  .action((options: { tenant: string; person: string; json?: boolean }) =>
    withRuntime(env, async (runtime) => {
      const erased = await runtime.erasePerson(options.tenant, options.person, operator);
      if (erased.ok) {
        const until = new Date(erased.value.backupsUntil).toISOString();
        print(
          options.json,
          erased.value,
          `erased ${erased.value.reference}; holds for every backup from ${until}`,
        );
        return;
      }
      console.error(erased.error.message);
      process.exitCode = EXIT_FAILED;
    }),
  );

addAuditCommand(program, env);
addTenantCommands(program, env);
addFileCommands(program, env);
addPolicyCommands(program, env);

program
  .command('doctor')
  .description(
    'check configuration, database, keys, logs, addresses, identity providers and servers; each finding says how to mend it',
  )
  .addOption(json())
  .action(async (options: { json?: boolean }) => {
    const findings = await withRuntime(env, async (runtime) => await runtime.diagnose()).catch(cannotStart);
    const ok = findings.every((finding) => finding.ok);
    print(options.json, { ok, findings }, describeFindings(findings));
    if (!ok) process.exitCode = EXIT_FAILED;
  });

/** What keeps everything from starting is a finding, too: its message says what to do. */
function cannotStart(error: unknown): readonly Finding[] {
  return [{ name: 'start', ok: false, detail: error instanceof Error ? error.message : String(error) }];
}

try {
  await program.parseAsync();
} catch (error) {
  // A refusal to start says in its message what to do; a stack would only hide it.
  console.error(describe(error));
  process.exitCode = EXIT_FAILED;
}
