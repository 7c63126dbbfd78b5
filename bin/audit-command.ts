import { type Command, InvalidArgumentError } from 'commander';
import { withRuntime } from '#lib/runtime';
import { EXIT_FAILED, json, print, tenantOption } from './command-parts.ts';
import { describeAudit } from './describe-audit.ts';

const DAY_SECONDS = 24 * 60 * 60;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?Z?$/;

/** Seconds since the epoch of a time in UTC; a day alone begins at its first second. */
function seconds(text: string): number {
  if (/^\d{1,11}$/.test(text)) return Number(text);
  const parsed = DATE.test(text) || TIME.test(text) ? Date.parse(withZone(text)) : Number.NaN;
  if (Number.isNaN(parsed))
    throw new InvalidArgumentError('A time in UTC is expected: 2026-01-31, 2026-01-31T09:30, or seconds.');
  return Math.floor(parsed / 1000);
}

function withZone(text: string): string {
  return DATE.test(text) || text.endsWith('Z') ? text : `${text}Z`;
}

/** A day alone is looked at to its last second. */
function lastSecond(text: string): number {
  return DATE.test(text) ? seconds(text) + DAY_SECONDS - 1 : seconds(text);
}

function bound(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('A whole number of seconds is expected.');
  return Number(text);
}

interface AuditOptions {
  readonly tenant: string;
  readonly from?: number;
  readonly to?: number;
  readonly clockBound?: number;
  readonly json?: boolean;
}

/** What an auditor asks of the whole log, and no bundle can answer. */
export function addAuditCommand(program: Command, env: NodeJS.ProcessEnv): void {
  program
    .command('audit')
    .description('what the log of a tenant holds of what it promises; exits 1 when something is missing')
    .addOption(tenantOption())
    .option('--from <time>', 'only receipts since this time (UTC)', seconds)
    .option('--to <time>', 'only receipts until this time (UTC)', lastSecond)
    .option('--clock-bound <seconds>', 'how far a receipt’s time may stand from its place', bound)
    .addOption(json())
    .action((options: AuditOptions) =>
      withRuntime(env, async (runtime) => {
        const { tenant, from, to, clockBound: clockBoundSeconds } = options;
        const report = await runtime.audit({ tenant, from, to, clockBoundSeconds });
        const complete = report.missing.length === 0;
        print(options.json, { complete, ...report }, describeAudit(report));
        if (!complete) process.exitCode = EXIT_FAILED;
      }),
    );
}
