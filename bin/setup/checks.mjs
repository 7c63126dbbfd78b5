import { mkdirSync, rmSync } from 'node:fs';
import { findBrowser } from './browser.mjs';
import { inRepository } from './paths.mjs';
import { runQuietly, runShown } from './processes.mjs';
import { countPlaywright, countVitest } from './reports.mjs';

const RESULTS = inRepository('.setup', 'results');
/** Hundreds of processes load the same modules: what one has compiled, the others find. Ends with its packages. */
const ENVIRONMENT = { NODE_COMPILE_CACHE: inRepository('node_modules', '.setup', 'compiled') };
const tool = (name) => inRepository('node_modules', '.bin', name);

/** Each tool that says only yes or no counts as one check. */
const TOOLS = [
  { name: 'format', command: 'prettier', args: ['--check', '--log-level=warn', '.'] },
  { name: 'lint', command: 'oxlint', args: ['--type-aware', '--quiet'] },
  { name: 'types', command: 'tsc', args: ['--noEmit'] },
];

/** Format, lint, types and unit tests, all at once. */
export async function runChecks() {
  const counts = await check();
  return conclude([counts]);
}

/**
 * The checks first, for what is cheap fails first. The journeys in the browser come one after another and wait for pages
 * most of their time: all others run beside them, so that no core waits for the last journey.
 */
export async function runTests() {
  const all = [await check()];
  const journeys = runPlaywright();
  for (const project of ['database', 'e2e']) all.push(await runVitest(project, { shown: true }));
  all.push(await journeys);
  return conclude(all);
}

async function check() {
  const [unit, ...tools] = await Promise.all([runVitest('unit', { shown: false }), ...TOOLS.map(runTool)]);
  return sum([unit, ...tools]);
}

async function runTool({ name, command, args }) {
  const { code, output, seconds } = await runQuietly(tool(command), args, ENVIRONMENT);
  return say(name, { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 }, seconds, output);
}

async function runVitest(project, { shown }) {
  const report = reportFile(`vitest-${project}`);
  const args = [
    'run',
    '--project',
    project,
    '--passWithNoTests',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  const startedAt = performance.now();
  const { code, output } = shown
    ? { code: await runShown(tool('vitest'), args, { output: 1, environment: ENVIRONMENT }), output: '' }
    : await runQuietly(tool('vitest'), args, ENVIRONMENT);
  return say(project, countVitest(report, code), (performance.now() - startedAt) / 1000, output);
}

async function runPlaywright() {
  const report = reportFile('playwright');
  const { code, output, seconds } = await runQuietly(
    tool('playwright'),
    ['test', '-c', 'e2e/playwright.config.ts', '--reporter=list,json'],
    { ...ENVIRONMENT, PLAYWRIGHT_JSON_OUTPUT_NAME: report, CHROMIUM_PATH: findBrowser() ?? '' },
  );
  process.stdout.write(output);
  return say('browser', countPlaywright(report, code), seconds, '');
}

function reportFile(name) {
  mkdirSync(RESULTS, { recursive: true });
  const file = `${RESULTS}/${name}.json`;
  rmSync(file, { force: true });
  return file;
}

function say(name, counts, seconds, output) {
  if (counts.failed > 0 && output) process.stdout.write(`\n${output.trimEnd()}\n\n`);
  const verdict = counts.failed > 0 ? 'FAILED' : 'ok';
  process.stdout.write(`${name.padEnd(10)} ${verdict.padEnd(7)} ${seconds.toFixed(1)} s\n`);
  return counts;
}

function sum(all) {
  return all.reduce((a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed }));
}

function conclude(all) {
  const { passed, failed } = sum(all);
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}
