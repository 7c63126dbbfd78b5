/** What grows in a process that forgets to let go. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type { Instance } from '../harness/start-instance.ts';

export interface VitalSigns {
  readonly memoryMib: number;
  readonly openFiles: number;
}

/** Gauges of what is under way in an instance that nobody asks for anything. */
const UNDER_WAY =
  /^(countersign_(?:calls_active|streams_active|receipt_queue_depth|egress_requests\{class="upstream",state="\w+"\})) (\d+)$/gm;
/** A connection of 2024-11-05 is kept for its session's next call. */
const CHANNELS_KEPT_MAX = 8;
/** Longest that what was under way may take to end: a stream lingers for five seconds, a call has its limit. */
const CALM_MS = 20_000;
const LOOK_MS = 250;

export function readVitalSigns({ pid }: Instance): VitalSigns {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    memoryMib: Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1_024),
    openFiles: readdirSync(`/proc/${pid}/fd`).length,
  };
}

/** What is still under way long after the last request, as the instance itself counts it, beyond calls that wait for an answer. */
export async function leftUnderWay(instance: Instance, waiting: number): Promise<readonly string[]> {
  const allowed = (name = '') =>
    name.includes('running') ? CHANNELS_KEPT_MAX + waiting : name.includes('calls') ? waiting : 0;
  for (let waited = 0; ; waited += LOOK_MS) {
    const text = await (await fetch(instance.metricsUrl)).text();
    const left = [...text.matchAll(UNDER_WAY)]
      .filter(([, name, value]) => Number(value) > allowed(name))
      .map(([line]) => line);
    if (left.length === 0 || waited > CALM_MS) return left;
    await setTimeout(LOOK_MS);
  }
}
