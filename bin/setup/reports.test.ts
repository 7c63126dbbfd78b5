import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { countPlaywright, countVitest } from './reports.mjs';

const folder = mkdtempSync(join(tmpdir(), 'countersign-reports-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function report(content: object): string {
  const file = join(folder, 'report.json');
  writeFileSync(file, JSON.stringify(content));
  return file;
}

describe('countVitest', () => {
  it('counts tests', () => {
    const file = report({
      numPassedTests: 7,
      numFailedTests: 2,
      testResults: [{ status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'failed' }] }],
    });
    expect(countVitest(file, 1)).toEqual({ passed: 7, failed: 2 });
  });

  it('counts a file that did not load as a failure', () => {
    const file = report({
      numPassedTests: 7,
      numFailedTests: 0,
      testResults: [{ status: 'failed', assertionResults: [] }],
    });
    expect(countVitest(file, 1)).toEqual({ passed: 7, failed: 1 });
  });

  it('never calls a failed run passed', () => {
    expect(countVitest(report({ numPassedTests: 7, numFailedTests: 0, testResults: [] }), 1)).toEqual({
      passed: 7,
      failed: 1,
    });
    expect(countVitest(join(folder, 'missing.json'), 1)).toEqual({ passed: 0, failed: 1 });
    expect(countVitest(join(folder, 'missing.json'), 0)).toEqual({ passed: 0, failed: 1 });
  });
});

describe('countPlaywright', () => {
  it('counts tests, and a failed run without a failed test', () => {
    const stats = { expected: 5, flaky: 1, unexpected: 2 };
    expect(countPlaywright(report({ stats }), 1)).toEqual({ passed: 6, failed: 2 });
    expect(countPlaywright(join(folder, 'missing.json'), 1)).toEqual({ passed: 0, failed: 1 });
  });
});
