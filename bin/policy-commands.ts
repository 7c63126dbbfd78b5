import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { parse } from 'yaml';
import { policyCases } from '#api/policy-question.ts';
import { withRuntime } from '#lib/runtime';
import { EXIT_FAILED, json, print } from './command-parts.ts';
import { describeCases } from './describe-acts.ts';

const CASES_BYTES_MAX = 4 * 1024 * 1024;

/** Reads a file of cases; the error says everything that is wrong with it. */
async function readCases(file: string) {
  const text = await readFile(file, 'utf8');
  if (Buffer.byteLength(text) > CASES_BYTES_MAX)
    throw new Error(`${file} is larger than ${CASES_BYTES_MAX} bytes`);
  const read = policyCases.safeParse(parse(text));
  if (read.success) return read.data;
  const faults = read.error.issues.map(({ path, message }) => `${file}: ${path.join('.')}: ${message}`);
  throw new Error(faults.join('\n'));
}

/** What is asked of a tenant's policies at the machine. */
export function addPolicyCommands(program: Command, env: NodeJS.ProcessEnv): void {
  const policy = program.command('policy').description('the policies of a tenant');

  policy
    .command('test')
    .description('put the cases of a file to the policies in force; exits 1 when one is answered otherwise')
    .requiredOption('-f, --file <tests.yaml>', 'the cases')
    .option('--tenant <slug>', 'the tenant; without it the one that the file names')
    .addOption(json())
    .action((options: { file: string; tenant?: string; json?: boolean }) =>
      withRuntime(env, async (runtime) => {
        const { tenant: named, cases } = await readCases(options.file);
        const slug = options.tenant ?? named;
        if (slug === undefined) throw new Error(`${options.file} names no tenant: add one, or give --tenant`);
        const results = await runtime.testPolicies(slug, cases);
        const passed = results.every((result) => result.passed);
        print(options.json, { passed, results }, describeCases(results));
        if (!passed) process.exitCode = EXIT_FAILED;
      }),
    );
}
