/**
 * A database is put back as it was a while ago, with what agents were told since. Whoever was told has to find that
 * nothing is let through before an operator has said so, and an auditor what is missing.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { copyDatabase, restoreDatabase } from '../harness/database-copy.ts';
import { startInstance } from '../harness/start-instance.ts';
import { startOrganisation } from '../harness/start-organisation.ts';
import { until } from '../harness/until.ts';
import type { FaultRow } from './inject-faults.ts';
import { LOAD_POLICIES, startLoad } from './load-client.ts';

const CALLS_MS = 2_000;
const REFUSALS = 50;
/** What a refusal names. */
const REMEDY = 'countersign log reopen';

export interface RestoreReport {
  readonly row: FaultRow;
  /** Entries that were seen before and are not there any more, as the audit says. */
  readonly missingEntries: number;
  readonly disagreements: readonly string[];
}

export async function loseEntries({ agents }: { readonly agents: number }): Promise<RestoreReport> {
  let instance = await startInstance();
  const { dataDir, port } = instance;
  const acme = await startOrganisation(instance, { slug: 'acme', policies: LOAD_POLICIES });
  const whileStopped = async (work: (folder: string) => Promise<void>) => {
    await instance.terminate();
    await work(dataDir);
    instance = await startInstance({ dataDir, port });
  };
  try {
    const load = await startLoad({ acme, agents });
    await pause(CALLS_MS);
    await whileStopped(copyDatabase);
    await pause(CALLS_MS);
    await whileStopped(restoreDatabase);
    const [from, arrived] = [load.journal.length, acme.ledger.journal.length];
    const refused = () => load.journal.slice(from).filter(({ failure }) => failure?.includes(REMEDY));
    await until('calls are refused with the remedy', () => refused().length >= REFUSALS);
    await load.stop();
    const calls = load.journal.slice(from);
    const forwarded = acme.ledger.journal.length - arrived;
    const reopened = await instance.countersign(['log', 'reopen', '--tenant', 'acme', '--json']);
    const over = performance.now();
    const again = await startLoad({ acme, agents: 1, name: 'again' });
    await until('calls are answered again', () => again.journal.some(({ told }) => told?.as === 'result'));
    const backMs = Math.round(performance.now() - over);
    await again.stop();
    const audit = await instance.countersign(['audit', '--tenant', 'acme', '--json']);
    const { missing } = JSON.parse(audit.stdout) as { readonly missing: readonly Missing[] };
    const missingEntries = missing.find(({ kind }) => kind === 'left_entries')?.count ?? 0;
    const answered = calls.filter(({ told }) => told !== undefined).length;
    const row = {
      fault: 'the database is restored to an older state',
      times: 1,
      calls: calls.length,
      answered,
      refused: refused().length,
      unanswered: calls.length - answered - refused().length,
      backMs,
    };
    const said: readonly (readonly [boolean, string])[] = [
      [answered > 0, `${answered} calls were answered out of a log that had lost entries`],
      [forwarded > 0, `${forwarded} calls reached the server without a log to be receipted in`],
      [reopened.code !== 0, `the log was not reopened: ${reopened.stderr}`],
      [audit.code === 0 || missingEntries === 0, 'the audit does not tell of the entries that are missing'],
    ];
    const disagreements = said.flatMap(([isWrong, words]) => (isWrong ? [words] : []));
    return { row, missingEntries, disagreements };
  } finally {
    await instance.stop();
    await acme.stop();
  }
}

interface Missing {
  readonly kind: string;
  readonly count: number;
}
