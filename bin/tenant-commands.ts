import { type Command, Option } from 'commander';
import { ROTATABLE_KEYS, type RotatableKey, withRuntime } from '#lib/runtime';
import { EXIT_FAILED, json, operator, print, tenantOption } from './command-parts.ts';
import { describeReopened, describeShredded } from './describe-acts.ts';

/** What happens to a whole tenant: its log after a restore, its keys, its end. */
export function addTenantCommands(program: Command, env: NodeJS.ProcessEnv): void {
  const log = program.command('log').description('the receipt log of a tenant');

  log
    .command('reopen')
    .description(
      'after a restore: a new log that names the old one; every grant and session of the tenant ends, erased people are erased again',
    )
    .addOption(tenantOption())
    .option('--restored', 'the database was restored, although its log continues what was seen here')
    .addOption(json())
    .action((options: { tenant: string; restored?: boolean; json?: boolean }) =>
      withRuntime(env, async (runtime) => {
        const { tenant, restored } = options;
        const reopened = await runtime.reopenLog({ tenant, restored: restored === true, actor: operator });
        if (reopened.ok) {
          print(options.json, reopened.value, describeReopened(tenant, reopened.value));
          return;
        }
        console.error(reopened.error.message);
        process.exitCode = EXIT_FAILED;
      }),
    );

  program
    .command('rotate')
    .description(
      'let a new key take over; what the old one signed still verifies, what it sealed still opens',
    )
    .addOption(tenantOption())
    .addOption(new Option('--key <which>', 'which key').choices([...ROTATABLE_KEYS]).makeOptionMandatory())
    .addOption(json())
    .action((options: { tenant: string; key: RotatableKey; json?: boolean }) =>
      withRuntime(env, async (runtime) => {
        await runtime.rotateKey(options.tenant, options.key, operator);
        print(
          options.json,
          { rotated: options.key },
          `a new ${options.key} key is in use for ${options.tenant}`,
        );
      }),
    );

  program
    .command('shred')
    .description(
      'destroy all keys of a tenant, for good: nothing sealed for it can be opened any more; exported evidence keeps verifying',
    )
    .addOption(tenantOption())
    .requiredOption('--confirm <slug>', 'the name of the tenant once more')
    .addOption(json())
    .action((options: { tenant: string; confirm: string; json?: boolean }) =>
      withRuntime(env, async (runtime) => {
        const { tenant, confirm } = options;
        const shredded = await runtime.shredTenant({ tenant, confirm, actor: operator });
        if (shredded.ok) {
          print(options.json, shredded.value, describeShredded(tenant, shredded.value));
          return;
        }
        console.error(shredded.error.message);
        process.exitCode = EXIT_FAILED;
      }),
    );
}
