/**
 * PostgreSQL and the way to it fail in every kind that is known here, one after the other, while agents call without a
 * pause. Afterwards the records of the agents, of the upstream and of the log are laid side by side.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { type PostgresWire, STEPS, type Step } from '../fixtures/postgres-wire.ts';
import { isRunning } from '../harness/child-processes.ts';
import { freezePostgres, takePostgresDown } from '../harness/postgres-process.ts';
import type { Organisation } from '../harness/start-organisation.ts';
import { until } from '../harness/until.ts';
import { layRecordsSideBySide, ORPHANS_MS, type Records, settledLog } from './kill-replicas.ts';
import type { SentCall } from './journal-types.ts';
import { startLoad } from './load-client.ts';
import type { SmallDisk } from './small-disk.ts';
import type { Replicas } from './start-replicas.ts';

/** What one fault did. */
export interface FaultRow {
  readonly fault: string;
  readonly times: number;
  /** Calls that ended meanwhile: answered with a receipt, refused with 503, or without any answer. */
  readonly calls: number;
  readonly answered: number;
  readonly refused: number;
  readonly unanswered: number;
  /** From the end of the fault to the first answer to a call that was sent after it, at most. */
  readonly backMs: number;
}

export interface FaultsReport extends Records {
  readonly faults: readonly FaultRow[];
  /** What this machine does not let happen. */
  readonly skipped?: string;
}

export interface FaultScene {
  readonly replicas: Replicas;
  readonly acme: Organisation;
  /** Between the second replica and PostgreSQL. */
  readonly wire: PostgresWire;
  /** Of PostgreSQL, which lies on `disk` where one could be made. */
  readonly dataDir: string;
  readonly disk: SmallDisk | undefined;
}

export interface FaultOptions {
  /** How often an append is broken at each of its steps, in each of both kinds. */
  readonly rounds: number;
  readonly agents: number;
  readonly say?: (line: string) => void;
}

/** Service comes back by itself, and soon. */
export const SOON_MS = 5_000;
/** What takes longer is to be found, and not merely to be waited for. */
const FOUND_MS = 60_000;
const HANGS_MS = 10_000;
const CALM_MS = 500;
/** Longer than a lease, and than it takes to be sure of it. */
const FROZEN_MS = 25_000;
const ONCE = 1;
const KINDS = {
  before: 'failed and not persisted',
  after: 'failed but persisted',
} as const;

/** Calls that have ended since then. */
type Sent = (from: number) => readonly SentCall[];

/** Makes it happen; ends when it is over. Resolves with when that was, where it was not just now. */
type Fault = () => Promise<number | undefined>;

export async function injectFaults(
  scene: FaultScene,
  { rounds, agents, say = () => undefined }: FaultOptions,
): Promise<FaultsReport> {
  const { replicas, acme, wire, dataDir, disk } = scene;
  // Whoever calls all replicas soon waits for the one that is frozen, and could not tell whether the other serves.
  const { port } = replicas.replica(0);
  const loads = [
    await startLoad({ acme, agents }),
    await startLoad({ acme, agents: 1, name: 'first', port }),
  ];
  const sent: Sent = (from) =>
    loads.flatMap(({ journal }) => journal.filter(({ endedAt = 0 }) => endedAt >= from));
  const faults: FaultRow[] = [];
  const run = async (fault: string, times: number, make: Fault): Promise<void> => {
    const row = await watch(sent, fault, times, make);
    faults.push(row);
    say(`${fault}: ${row.answered} of ${row.calls} calls answered, again after ${row.backMs} ms`);
  };
  for (const step of Object.keys(STEPS) as Step[])
    for (const moment of ['before', 'after'] as const)
      await run(`${step}, ${KINDS[moment]}`, rounds, () => breakAppend(wire, step, moment));
  await run('a replica frozen inside an append', ONCE, () => freezeInAppend(wire, replicas));
  await run('PostgreSQL killed and restarted', ONCE, async () => {
    const comeBack = await takePostgresDown(dataDir);
    comeBack();
  });
  await run(`PostgreSQL stopped for ${HANGS_MS / 1_000} s`, ONCE, async () => {
    const goOn = freezePostgres(dataDir);
    await pause(HANGS_MS);
    goOn();
  });
  if (disk !== undefined) await run('the disk is full', ONCE, () => fillUp(disk, sent));
  await Promise.all(loads.map(async (load) => await load.stop()));
  const records = await layRecordsSideBySide(replicas, acme, sent(0), await settledLog(acme));
  const slow = faults.filter(({ backMs }) => backMs > SOON_MS);
  return {
    faults,
    ...(disk === undefined ? { skipped: 'the disk is full: no right to mount a small one' } : {}),
    ...records,
    disagreements: [
      ...records.disagreements,
      ...slow.map(({ fault, backMs }) => `${fault}: nothing was answered for ${backMs} ms after it`),
    ],
  };
}

async function watch(sent: Sent, fault: string, times: number, make: Fault): Promise<FaultRow> {
  const from = performance.now();
  let backMs = 0;
  for (let round = 0; round < times; round += 1) {
    const over = (await make()) ?? performance.now();
    const isAfter = ({ sentAt = 0, told }: SentCall) => sentAt > over && told?.as === 'result';
    const ends = await until(
      `calls are answered again after: ${fault}`,
      () => {
        const answers = sent(from).filter(isAfter);
        return answers.length > 0 && answers.map(({ endedAt = Infinity }) => endedAt);
      },
      FOUND_MS,
    );
    backMs = Math.max(backMs, Math.round(Math.min(...ends) - over));
    await pause(CALM_MS);
  }
  const calls = sent(from);
  const answered = calls.filter(({ told }) => told !== undefined).length;
  const refused = calls.filter(isRefused).length;
  const unanswered = calls.length - answered - refused;
  return { fault, times, calls: calls.length, answered, refused, unanswered, backMs };
}

function isRefused({ failure }: SentCall): boolean {
  return failure?.startsWith('503') === true;
}

/** The one statement is broken before it is done, so that the batch is looked up; then the transaction for that. */
async function breakAppend(wire: PostgresWire, step: Step, moment: 'before' | 'after'): Promise<undefined> {
  await Promise.all([wire.cutNext('append', 'before'), wire.cutNext(step, moment)]);
}

/** It holds the log's lock meanwhile, and is taken for dead. The others are to go on at once. */
async function freezeInAppend(wire: PostgresWire, replicas: Replicas): Promise<number> {
  const cut = wire.cutNext('append', 'before');
  const { reached, release } = wire.holdNext('append');
  await Promise.all([cut, reached]);
  const { pid } = replicas.replica(1);
  process.kill(pid, 'SIGSTOP');
  const frozenAt = performance.now();
  await pause(FROZEN_MS);
  release();
  process.kill(pid, 'SIGCONT');
  await until('it has ended by itself', () => !isRunning(pid), ORPHANS_MS);
  await replicas.start(1);
  return frozenAt;
}

async function fillUp(disk: SmallDisk, sent: Sent): Promise<undefined> {
  const from = performance.now();
  disk.fill();
  try {
    await until(
      'nothing fits any more, so nothing is let through',
      () => sent(from).some(isRefused),
      FOUND_MS,
    );
    await pause(CALM_MS);
  } finally {
    disk.empty();
  }
}
