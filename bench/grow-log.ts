import { asOwner } from './as-owner.ts';
import type { AppendOutcome } from './append-types.ts';
import { fillLog, type Filled } from './fill-log.ts';
import { type Mode, verdict } from './mode.ts';
import { processTree, watchCpu } from './processes.ts';
import { type Appender, startAppender } from './start-appender.ts';
import type { BenchStack } from './start-stack.ts';
import { median } from './statistics.ts';
import { textTable } from './text-table.ts';

const RECEIPTS_DEFAULT = [1_000_000, 10_000_000];
const AT_ONCE = 64;
/** As calls of so many connections share commits, so do the rows that are there already. */
const TEMPLATE_AT_ONCE = 16;
const FULL = { rounds: 7, seconds: 4, warmUpSeconds: 4 };
const QUICK = { rounds: 1, seconds: 2, warmUpSeconds: 2 };
/** An append may get slower by so much. */
const SLOWER_MAX = 0.1;

interface Run {
  readonly rps: number;
  readonly postgres_us: number;
}

interface Size extends Run {
  readonly filled: Filled;
  readonly database_mib: number;
  /** Of the rate at the empty table, in the same rounds. */
  readonly ratio: number;
}

const NOTHING: Filled = { receipts: 0, batches: 0, terms: 0, tiles: 0 };

/** Appends to a log in a database that is empty and in ones that hold many receipts, in turns on one PostgreSQL. */
export const growLog: Mode = {
  stack: () => ({ sessions: 1 }),
  measure: async (stack, { numbers, quick, say }) => {
    const length = quick ? QUICK : FULL;
    const receipts = [0, ...(numbers.length > 0 ? numbers : quick ? [10_000] : RECEIPTS_DEFAULT)];
    const appenders: Appender[] = [];
    try {
      const filled: Filled[] = [];
      for (const count of receipts) {
        const appender = await startAppender(stack);
        appenders.push(appender);
        await appender.append({ seconds: length.warmUpSeconds, atOnce: TEMPLATE_AT_ONCE });
        filled.push(count === 0 ? NOTHING : await fill(stack, appender, count));
        say(`filled: ${JSON.stringify(filled.at(-1))}`);
        await appender.append({ seconds: length.warmUpSeconds, atOnce: AT_ONCE });
      }
      const runs: Run[][] = appenders.map(() => []);
      for (let round = 1; round <= length.rounds; round += 1) {
        for (const [index, appender] of appenders.entries())
          runs[index]?.push(await measure(stack, appender, length.seconds));
        const rates = runs.map((each) => Math.round(each.at(-1)?.rps ?? 0));
        say(`round ${round} of ${length.rounds}: ${rates.join(', ')} receipts/s`);
      }
      const sizes = await Promise.all(
        appenders.map(async (appender, index) => ({
          ...medianRun(runs[index] ?? []),
          ratio: ratioOf(runs[index] ?? [], runs[0] ?? []),
          filled: filled[index] ?? NOTHING,
          database_mib: await databaseMib(stack, appender),
        })),
      );
      return { figures: { sizes }, text: describe(sizes), sound: true };
    } finally {
      for (const appender of appenders) await appender.stop();
    }
  },
};

async function fill({ env }: BenchStack, { database }: Appender, receipts: number): Promise<Filled> {
  const filled = await asOwner(env, async (client) => await fillLog(client, receipts), database);
  // What is left to write of it would be written while appends are measured.
  await asOwner(env, async (client) => await client.query('checkpoint'));
  return filled;
}

async function measure({ postgresPid }: BenchStack, appender: Appender, seconds: number): Promise<Run> {
  const cpu = watchCpu(() => processTree(postgresPid));
  const outcome: AppendOutcome = await appender.append({ seconds, atOnce: AT_ONCE });
  return { rps: outcome.receipts / outcome.seconds, postgres_us: cpu() / outcome.receipts };
}

function medianRun(runs: readonly Run[]): Run {
  return {
    rps: median(runs.map(({ rps }) => rps)),
    postgres_us: median(runs.map(({ postgres_us: used }) => used)),
  };
}

/** Round by round, for a slow minute slows both. */
function ratioOf(runs: readonly Run[], empty: readonly Run[]): number {
  return median(runs.map(({ rps }, round) => rps / (empty[round]?.rps ?? Number.NaN)));
}

async function databaseMib({ env }: BenchStack, { database }: Appender): Promise<number> {
  return await asOwner(
    env,
    async (client) => {
      const { rows } = await client.query<{ mib: number }>(
        'select (pg_database_size(current_database()) / 1048576)::float8 as mib',
      );
      return rows[0]?.mib ?? 0;
    },
    database,
  );
}

function describe(sizes: readonly Size[]): string {
  const head = ['receipts', 'batches', 'terms', 'tiles', 'MiB', 'receipts/s', 'of empty', 'PostgreSQL µs'];
  const lines = sizes.map(({ filled, database_mib: mib, rps, ratio, postgres_us: used }) => [
    String(filled.receipts),
    ...[filled.batches, filled.terms, filled.tiles, mib, rps].map((value) => String(Math.round(value))),
    `${Math.round(100 * ratio)} %`,
    used.toFixed(1),
  ]);
  const promises = sizes
    .slice(1)
    .map(({ filled, ratio }) =>
      verdict(
        `beside ${filled.receipts} receipts appends are at most ${100 * SLOWER_MAX} % slower`,
        ratio >= 1 - SLOWER_MAX,
      ),
    );
  return [textTable(head, lines), ...promises].join('\n');
}
