import type { BenchStack, StackOptions } from './start-stack.ts';

/** What the command line says about how long and how much. */
export interface ModeOptions {
  /** A try of seconds, whose figures are worth nothing. */
  readonly quick: boolean;
  /** Numbers behind the mode's name. */
  readonly numbers: readonly number[];
  readonly minutes: number;
  readonly rate: number;
  readonly say: (line: string) => void;
}

export interface Measured {
  /** For programs. */
  readonly figures: object;
  /** For people, and for docs/performance.md. */
  readonly text: string;
  /** False ends the run with 1: not slowness, but something that must not happen. */
  readonly sound: boolean;
}

/** One question that the benchmark answers, with what it needs to run. */
export interface Mode {
  stack(options: ModeOptions): StackOptions;
  measure(stack: BenchStack, options: ModeOptions): Promise<Measured>;
}

/** How a promise stands, in one line. */
export function verdict(promise: string, isKept: boolean): string {
  return `${promise}: ${isKept ? 'kept' : 'NOT KEPT'}`;
}
