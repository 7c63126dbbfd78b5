/**
 * Fails a test file that leaves something behind in its worker: the files after it share it. A spy ends with its test.
 * Timers and the state of modules are not seen from here; CONTRIBUTING.md has the rule.
 */
import { afterAll, afterEach, expect, vi } from 'vitest';
import { lookAtWorker, whatIsLeft } from './what-is-left.ts';

const before = lookAtWorker();

afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(async () => {
  // What was closed may take a moment to be gone.
  const isClean = () => expect(whatIsLeft(before, lookAtWorker()), 'left behind').toEqual([]);
  await vi.waitFor(isClean, { timeout: 5_000, interval: 20 });
});
