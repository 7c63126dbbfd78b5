import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** In every project; a setting beside `projects` has no effect on them. */
const SHARED = {
  // The files of a worker share what it has loaded and compiled: a file leaves nothing behind (CONTRIBUTING.md).
  isolate: false,
  setupFiles: ['e2e/harness/leave-nothing.ts'],
  // A test waits for what is to come as long as a busy machine may take; where a time is promised, it names that.
  expect: { poll: { timeout: 10_000 } },
};

export default defineConfig({
  test: {
    // Most of the time a test file waits for processes of its own: two at once are faster even on two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          ...SHARED,
          name: 'unit',
          // Property tests take seconds on a busy machine; how fast they are is not what they say.
          testTimeout: 90_000,
          include: ['{lib,bin,app}/**/*.test.ts', 'e2e/harness/*.test.ts'],
          exclude: ['**/*.db.test.ts', '**/node_modules/**'],
        },
      },
      {
        test: {
          ...SHARED,
          name: 'database',
          include: ['lib/**/*.db.test.ts', 'app/**/*.db.test.ts'],
          globalSetup: ['e2e/harness/global-setup.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...SHARED,
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          exclude: ['e2e/harness/*.test.ts', '**/node_modules/**'],
          globalSetup: ['e2e/harness/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
