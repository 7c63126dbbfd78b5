import { defineConfig } from '@playwright/test';
import { findBrowser } from '../bin/setup/browser.mjs';

/**
 * Journeys in a real Chromium. One worker: they share one instance, which is started once and has two cores as it is.
 * A journey that fails gets a new instance for those after it.
 */
export default defineConfig({
  testDir: '.',
  testMatch: '**/*.spec.ts',
  workers: 1,
  timeout: 60_000,
  // Once more, on a new instance: a machine may be slow for a moment. The report names what needed it.
  retries: 1,
  expect: { timeout: 10_000 },
  outputDir: '../test-results',
  use: {
    browserName: 'chromium',
    launchOptions: {
      executablePath: findBrowser() ?? '',
      // The sandbox needs privileges that a container does not give; the pages are all our own.
      chromiumSandbox: false,
    },
    trace: 'on-first-retry',
  },
});
