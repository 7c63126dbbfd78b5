import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, normalize, resolve } from 'node:path';
import type { Command } from 'commander';
import type { TenantSlug } from '#lib/core';
import { withRuntime } from '#lib/runtime';
import { EXIT_FAILED, json, operator, print, tenantOption } from './command-parts.ts';

const EXIT_CHANGES = 3;

interface ApplyFlags {
  readonly file: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

interface ExportFlags {
  readonly tenant: string;
  readonly out?: string;
  readonly policiesDir?: string;
  readonly json?: boolean;
}

/** A tenant as a file: applied, compared, written back. */
export function addFileCommands(program: Command, env: NodeJS.ProcessEnv): void {
  program
    .command('apply')
    .description('create or update a tenant as its file says; refused whole when anything in it is wrong')
    .requiredOption('-f, --file <tenant.yaml>', 'the tenant file')
    .option('--dry-run', 'show what would change and change nothing; exits 3 if anything would')
    .addOption(json())
    .action((flags: ApplyFlags) => withRuntime(env, async ({ manifest }) => await apply(manifest, flags)));

  program
    .command('export')
    .description('write a tenant back as a file that apply reads; secrets become references')
    .addOption(tenantOption())
    .option('--out <tenant.yaml>', 'where to write it; without it, on stdout')
    .option('--policies-dir <folder>', 'policies as Cedar files in this folder beside the file')
    .addOption(json())
    .action((flags: ExportFlags) => withRuntime(env, async (runtime) => await writeBack(runtime, flags)));
}

type Runtime = Parameters<Parameters<typeof withRuntime>[1]>[0];

async function apply(
  manifest: Runtime['manifest'],
  { file, dryRun, json: asJson }: ApplyFlags,
): Promise<void> {
  const path = resolve(file);
  const content = await manifest.readFile(path);
  const origin = { path, origin: 'operator', actor: operator } as const;
  const applied = await manifest.apply({ content, ...origin }, { dryRun: dryRun === true });
  if (applied.ok) {
    print(asJson, applied.value, manifest.describe(applied.value));
    const { changes, created } = applied.value;
    if (dryRun === true && (created || changes.length > 0)) process.exitCode = EXIT_CHANGES;
    return;
  }
  if (asJson === true) print(true, { problems: applied.error }, '');
  for (const problem of applied.error) console.error(manifest.describeProblem(problem, file));
  process.exitCode = EXIT_FAILED;
}

async function writeBack({ identity, manifest }: Runtime, flags: ExportFlags): Promise<void> {
  const { out, policiesDir } = flags;
  const tenant = await identity.tenants.bySlug(flags.tenant as TenantSlug);
  if (tenant === undefined) throw new Error(`there is no tenant '${flags.tenant}'`);
  if (policiesDir !== undefined && out === undefined)
    throw new Error('--policies-dir needs --out: policies are written beside the file');
  if (policiesDir !== undefined && (isAbsolute(policiesDir) || normalize(policiesDir).startsWith('..')))
    throw new Error('--policies-dir is a folder below that of the file');
  const { text, policies } = await manifest.export(tenant, policiesDir === undefined ? {} : { policiesDir });
  if (out === undefined) {
    print(flags.json, { text }, text.trimEnd());
    return;
  }
  const folder = join(dirname(resolve(out)), policiesDir ?? '');
  if (policies.size > 0) await mkdir(folder, { recursive: true });
  for (const [name, policy] of policies) await writeFile(join(folder, basename(name)), policy);
  await writeFile(out, text);
  const count = policies.size === 0 ? '' : ` and ${policies.size} policies in ${folder}`;
  print(flags.json, { file: out, policies: policies.size }, `wrote ${out}${count}`);
}
