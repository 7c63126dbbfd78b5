import type { Runtime } from './types.ts';

/** A module that Next bundled and one that Node loaded are two; what they share stands under this symbol. */
const REGISTRY = Symbol.for('countersign.runtime');

type Holder = { [REGISTRY]?: Runtime | undefined };

/** Makes a runtime the one of this process. */
export function publishRuntime(runtime: Runtime | undefined): void {
  (globalThis as Holder)[REGISTRY] = runtime;
}

/** The runtime of this process, if it was started. */
export function publishedRuntime(): Runtime | undefined {
  return (globalThis as Holder)[REGISTRY];
}

/** @throws when nothing was started: a route was called outside a running instance. */
export function runtime(): Runtime {
  const current = publishedRuntime();
  if (current === undefined) throw new Error('Countersign is not running in this process');
  return current;
}
