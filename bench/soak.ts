import { crowdOf, gatherCrowd, type Crowd } from './crowd.ts';
import type { Measured, Mode, ModeOptions } from './mode.ts';
import { startOpenLoad, type OpenLoad } from './open-load.ts';
import type { OpenLoopOutcome } from './open-loop-types.ts';
import { MEMORY_NODE_ARGS, mib, type ProcessMemory, readMemory } from './process-memory.ts';
import type { BenchStack } from './start-stack.ts';
import { median } from './statistics.ts';
import { furtherServer, MARKER } from './tenant-file.ts';
import { textTable } from './text-table.ts';

const PEOPLE = 100;
const SERVERS = 20;
/** Each person's agent has a grant and a session at so many of them. */
const SERVERS_EACH = 2;
const STRETCH_SECONDS = 60;
/** Each stretch a quarter of the tokens is renewed: they are good for ten minutes. */
const RENEWED_SHARE = 4;

interface Stretch extends OpenLoopOutcome {
  readonly memory: ProcessMemory;
}

/** A working day's load for a while: many people's agents at many servers, at a fixed rate. */
export const soak: Mode = {
  stack: ({ quick }) => ({
    sessions: 1,
    nodeArgs: MEMORY_NODE_ARGS,
    people: crowdOf(quick ? PEOPLE / 10 : PEOPLE),
    furtherServers: SERVERS,
  }),
  measure: async (stack, options) => {
    const people = options.quick ? PEOPLE / 10 : PEOPLE;
    const startedAt = performance.now();
    const crowd = await gatherCrowd(stack, people, serversOf);
    const took = ((performance.now() - startedAt) / 1_000).toFixed(1);
    options.say(`${people} people signed in, ${crowd.members.length} grants and sessions, in ${took} s`);
    return report(await run(stack, crowd, options), options, crowd.members.length);
  },
};

/** Neighbours at the servers, so that every server has people and every person has servers. */
function serversOf(person: number): readonly string[] {
  return Array.from({ length: SERVERS_EACH }, (_, which) =>
    furtherServer((person * SERVERS_EACH + which) % SERVERS),
  );
}

async function run(
  stack: BenchStack,
  crowd: Crowd,
  { minutes, rate, say }: ModeOptions,
): Promise<readonly Stretch[]> {
  const stretches: Stretch[] = [];
  const seconds = minutes * 60;
  const everySeconds = Math.min(STRETCH_SECONDS, seconds / 4);
  const betweenTimes: Promise<void>[] = [];
  const load: OpenLoad = startOpenLoad(
    { clients: crowd.clients(), rate, seconds, everySeconds, marker: MARKER },
    (outcome, stretch) => betweenTimes.push(look(outcome, stretch)),
  );
  const look = async (outcome: OpenLoopOutcome, stretch: number): Promise<void> => {
    const memory = await readMemory(stack);
    stretches.push({ ...outcome, memory });
    say(describeStretch(stretch, { ...outcome, memory }));
    if (stretch * everySeconds >= seconds) return;
    load.renew(await crowd.renew(quarter(crowd.members.length, stretch)));
  };
  await load.ended;
  await Promise.all(betweenTimes);
  return stretches;
}

function quarter(count: number, stretch: number): number[] {
  return Array.from({ length: count }, (_, index) => index).filter(
    (index) => index % RENEWED_SHARE === stretch % RENEWED_SHARE,
  );
}

function describeStretch(stretch: number, { rps, failed, p50_ms, p99_ms, memory, failure }: Stretch): string {
  const told = failure === undefined ? '' : ` (${failure})`;
  return (
    `stretch ${stretch}: ${Math.round(rps)} calls/s, ${failed} errors${told}, p50 ${p50_ms.toFixed(2)} ms, ` +
    `p99 ${p99_ms.toFixed(2)} ms, heap ${mib(memory.heapUsed)} MiB, RSS ${mib(memory.rss)} MiB`
  );
}

const COLUMNS = ['until', 'calls/s', 'errors', 'not sent', 'p50 ms', 'p99 ms', 'heap', 'outside', 'RSS MiB'];

function report(stretches: readonly Stretch[], { rate }: ModeOptions, sessions: number): Measured {
  const total = (name: 'answered' | 'failed' | 'unsent' | 'seconds') =>
    stretches.reduce((sum, stretch) => sum + stretch[name], 0);
  const reached = total('answered') / total('seconds');
  const drift = driftOf(stretches);
  let until = 0;
  const lines = stretches.map(({ seconds, rps, failed, unsent, p50_ms, p99_ms, memory }) => {
    until += seconds;
    return [
      `${Math.round(until)} s`,
      String(Math.round(rps)),
      String(failed),
      String(unsent),
      p50_ms.toFixed(2),
      p99_ms.toFixed(2),
      mib(memory.heapUsed).toFixed(1),
      mib(memory.external).toFixed(1),
      mib(memory.rss).toFixed(1),
    ];
  });
  const text = [
    textTable(COLUMNS, lines),
    `${sessions} sessions; asked for ${rate} calls/s, did ${Math.round(reached)}: ${total('answered')} answered, ${total('failed')} errors, ${total('unsent')} not sent`,
    `second half against the first: p50 ${drift.p50.toFixed(2)}, p99 ${drift.p99.toFixed(2)} times; heap ${signed(drift.heap_mib)} MiB, outside ${signed(drift.external_mib)} MiB, RSS ${signed(drift.rss_mib)} MiB`,
  ].join('\n');
  const figures = {
    rate,
    sessions,
    reached,
    failed: total('failed'),
    unsent: total('unsent'),
    drift,
    stretches,
  };
  return { figures, text, sound: total('failed') === 0 };
}

/** The middle of the second half against that of the first, which begins after one stretch to warm up. */
function driftOf(stretches: readonly Stretch[]) {
  const warm = stretches.slice(1);
  const [first, second] = [warm.slice(0, warm.length >> 1), warm.slice(warm.length >> 1)];
  const of = (half: readonly Stretch[], value: (stretch: Stretch) => number) => median(half.map(value));
  const times = (value: (stretch: Stretch) => number) => of(second, value) / of(first, value);
  const more = (value: (memory: ProcessMemory) => number) =>
    mib(of(second, ({ memory }) => value(memory)) - of(first, ({ memory }) => value(memory)));
  return {
    p50: times(({ p50_ms }) => p50_ms),
    p99: times(({ p99_ms }) => p99_ms),
    heap_mib: more(({ heapUsed }) => heapUsed),
    external_mib: more(({ external }) => external),
    rss_mib: more(({ rss }) => rss),
  };
}

function signed(value: number): string {
  return value < 0 ? value.toFixed(1) : `+${value.toFixed(1)}`;
}
