/**
 * The way in for every npm script: sets up what the verb needs and is missing, then runs the verb on the pinned Node.
 * Plain JavaScript and Node's own modules only, because it runs before anything is installed, on any Node >= 20.
 * What set-up has to say goes to standard error; standard output belongs to the verb.
 *
 *   node bin/setup.mjs [start | demo | test | check | bench | chaos | conformance | fuzz | screenshots | countersign …] [arguments]
 */
import { findBrowser, installBrowser } from './setup/browser.mjs';
import { runChecks, runTests } from './setup/checks.mjs';
import { withLock } from './setup/lock.mjs';
import { inRepository } from './setup/paths.mjs';
import { runForeground } from './setup/processes.mjs';
import { canInstallSandbox, findSandbox, installSandbox } from './setup/sandbox.mjs';
import { listStaleSteps } from './setup/steps.mjs';

const VERBS = {
  start: { file: 'e2e/start.ts', build: true },
  demo: { file: 'e2e/demo.ts', build: true },
  bench: { file: 'bench/run.ts', build: true },
  chaos: { file: 'e2e/chaos/run.ts', build: true },
  fuzz: { file: 'e2e/fuzz/run.ts', build: true },
  conformance: { file: 'e2e/conformance.ts', build: true },
  countersign: { file: 'bin/countersign.ts', build: false },
  screenshots: { file: 'e2e/screenshots.ts', build: true, browser: true },
  check: { run: runChecks, build: false },
  test: { run: runTests, build: true, browser: true, sandbox: true },
};

/** A file saved during a build makes it stale again; saved at every build, it would never end. */
const ATTEMPTS = 3;

async function main() {
  const [name, ...args] = process.argv.slice(2);
  if (Number(process.versions.node.split('.')[0]) < 20) {
    throw new Error(
      `Node ${process.versions.node} is too old: install Node 20 or later from https://nodejs.org.`,
    );
  }
  if (name !== undefined && !Object.hasOwn(VERBS, name)) {
    throw new Error(
      `'${name}' is not a verb. There are: ${Object.keys(VERBS).join(', ')}; none sets up only.`,
    );
  }
  const verb = name === undefined ? { build: true } : VERBS[name];
  await setUp({
    build: verb.build || (name === 'countersign' && args[0] === 'serve'),
    browser: verb.browser === true,
    sandbox: verb.sandbox === true,
  });
  if (verb.run) return await verb.run(args);
  return verb.file ? await runForeground(inRepository(verb.file), args) : 0;
}

/** Nothing is done, and no lock taken, when nothing has changed. */
async function setUp(wanted) {
  if (listStaleSteps(wanted).length > 0) await withLock(async () => await runStaleSteps(wanted));
  if (wanted.browser && !findBrowser()) await withLock(installBrowser);
  if (wanted.sandbox && !findSandbox() && canInstallSandbox()) await withLock(installSandbox);
}

/** Looked at one by one: a step may make a later one stale, and another set-up may have done the work. */
async function runStaleSteps(wanted) {
  const done = new Map();
  for (let step = listStaleSteps(wanted)[0]; step; step = listStaleSteps(wanted)[0]) {
    const times = (done.get(step.name) ?? 0) + 1;
    if (times > ATTEMPTS)
      throw new Error(`The step '${step.name}' is never done: something changes its sources as it runs.`);
    done.set(step.name, times);
    await step.run();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`\ncountersign: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
