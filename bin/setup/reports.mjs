import { readFileSync } from 'node:fs';

/** A runner that failed without naming a failed test (a file that does not load, a crash, no report) counts as one failure. */
export function countVitest(report, code) {
  const results = readReport(report);
  const failedFiles = (results?.testResults ?? []).filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const failed = (results?.numFailedTests ?? 0) + failedFiles;
  return { passed: results?.numPassedTests ?? 0, failed: atLeastOne(failed, code !== 0 || !results) };
}

export function countPlaywright(report, code) {
  const stats = readReport(report)?.stats;
  const passed = (stats?.expected ?? 0) + (stats?.flaky ?? 0);
  return { passed, failed: atLeastOne(stats?.unexpected ?? 0, code !== 0 || !stats) };
}

function atLeastOne(failed, runFailed) {
  return runFailed ? Math.max(failed, 1) : failed;
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
