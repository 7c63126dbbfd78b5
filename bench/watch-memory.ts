import { measureRow } from './measure.ts';
import { mib, type ProcessMemory, readMemory } from './process-memory.ts';
import { countersignRow } from './rows.ts';
import type { BenchStack } from './start-stack.ts';

export interface MemorySample {
  readonly calls: number;
  readonly rss_mib: number;
  /** After a full collection. */
  readonly heap_mib: number;
  readonly external_mib: number;
}

export interface MemoryReport {
  readonly samples: readonly MemorySample[];
  readonly flat: boolean;
}

const STEP_CALLS = 10_000;
const STEPS = 10;
const CONNECTIONS = 64;
/** What the heap may grow over the second half; caches that fill up to their bounds do so in the first. */
const GROWTH_MIB_MAX = 4;

/** Memory of the serving process over 100,000 calls: the heap after a collection tells whether anything is kept. */
export async function watchMemory(stack: BenchStack, say: (line: string) => void): Promise<MemoryReport> {
  const row = countersignRow(stack, { name: 'countersign', serving: stack.instance, server: 'ledger' });
  const samples: MemorySample[] = [];
  for (let step = 0; step <= STEPS; step += 1) {
    if (step > 0)
      await measureRow(row, {
        connections: CONNECTIONS,
        seconds: 0,
        calls: STEP_CALLS,
        postgresPid: stack.postgresPid,
      });
    const sample = sampleOf(step * STEP_CALLS, await readMemory(stack));
    samples.push(sample);
    say(
      `${sample.calls} calls: RSS ${sample.rss_mib} MiB, heap ${sample.heap_mib} MiB, outside the heap ${sample.external_mib} MiB`,
    );
  }
  return { samples, flat: isFlat(samples) };
}

function sampleOf(calls: number, { rss, heapUsed, external }: ProcessMemory): MemorySample {
  return { calls, rss_mib: mib(rss), heap_mib: mib(heapUsed), external_mib: mib(external) };
}

function isFlat(samples: readonly MemorySample[]): boolean {
  const half = samples[samples.length >> 1];
  const last = samples.at(-1);
  if (half === undefined || last === undefined) return false;
  return (
    last.heap_mib - half.heap_mib <= GROWTH_MIB_MAX && last.external_mib - half.external_mib <= GROWTH_MIB_MAX
  );
}
