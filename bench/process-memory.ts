import type { BenchStack } from './start-stack.ts';

/** Bytes of the serving process, the heap after a full collection. */
export interface ProcessMemory {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly arrayBuffers: number;
}

/** A full collection is in what `serve-instance.ts` does when it is asked; the process needs `--expose-gc`. */
export const MEMORY_NODE_ARGS = ['--expose-gc'];

export async function readMemory({ instance }: Pick<BenchStack, 'instance'>): Promise<ProcessMemory> {
  return (await instance.ask('memory')) as ProcessMemory;
}

/** In MiB, to a tenth. */
export function mib(bytes: number): number {
  return Math.round((bytes / 1024 / 1024) * 10) / 10;
}
