/** What a test file can leave behind in its worker, as far as it is seen from outside. */
import { vi } from 'vitest';

export interface WorkerState {
  /** What keeps the process running, by kind: sockets, servers, processes, threads. */
  readonly handles: ReadonlyMap<string, number>;
  readonly listeners: ReadonlyMap<string, number>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Timers of libraries end by themselves; a read of a file is over in a moment. */
const PASSING = new Set(['Timeout', 'Immediate', 'FSReqCallback']);
/** pino has one listener for all of its streams, as long as one of them is not collected. */
const OF_PINO = 'onExit';

export function lookAtWorker(): WorkerState {
  const handles = process.getActiveResourcesInfo().filter((kind) => !PASSING.has(kind));
  const names = process.eventNames() as NodeJS.Signals[];
  const listeners = names.flatMap((name) =>
    process
      .listeners(name)
      .filter((listener) => listener.name !== OF_PINO)
      .map(() => String(name)),
  );
  return { handles: count(handles), listeners: count(listeners), environment: { ...process.env } };
}

/** In words; empty where the worker is as it was. */
export function whatIsLeft(before: WorkerState, now: WorkerState): string[] {
  const variables = Object.keys({ ...before.environment, ...now.environment });
  return [
    ...grown(before.handles, now.handles),
    ...grown(before.listeners, now.listeners).map((name) => `a listener of the process for '${name}'`),
    ...variables
      .filter((name) => before.environment[name] !== now.environment[name])
      .map((name) => `${name} in the environment`),
    ...(vi.isFakeTimers() ? ['a fake clock'] : []),
  ];
}

function grown(before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): string[] {
  return [...now].filter(([name, times]) => times > (before.get(name) ?? 0)).map(([name]) => name);
}

function count(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
