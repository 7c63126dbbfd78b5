import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter } from 'node:path';
import { NODE_FLAGS } from './node-flags.mjs';
import { inRepository, pinnedNode } from './paths.mjs';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** The same signal again within this time is the same wish by another way. */
const REPEATED_MS = 1_000;
const PARENT_POLL_MS = 500;
const running = new Set();
let foreground;

/** Environment in which `node`, and every tool that starts it, is the pinned one. */
export function toolEnvironment(extra = {}) {
  const path = [
    inRepository('node_modules', 'node', 'bin'),
    inRepository('node_modules', '.bin'),
    process.env.PATH,
  ];
  return { ...process.env, PATH: path.filter(Boolean).join(delimiter), ...extra };
}

/**
 * Runs a TypeScript file on the pinned Node with our own standard streams; resolves to its exit code.
 * In a process group of its own: a key press reaches the whole group of the terminal, and npm passes on what it gets,
 * so that one Ctrl-C would arrive several times, which tells a program not to finish its work.
 */
export async function runForeground(file, args) {
  const child = spawn(pinnedNode(), [...NODE_FLAGS, file, ...args], {
    stdio: 'inherit',
    env: toolEnvironment(),
    detached: true,
  });
  foreground = child;
  const watch = stopWithNpm(child);
  return await exitOf(child).finally(() => clearInterval(watch));
}

/** An npm that was killed says nothing to what it started; without this, a server would go on without its owner. */
function stopWithNpm(child) {
  if (!process.env.npm_lifecycle_event) return undefined;
  const npm = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === npm) return;
    clearInterval(watch);
    child.kill('SIGTERM');
  }, PARENT_POLL_MS);
  return watch;
}

/**
 * Runs a tool and keeps what it says.
 * @returns {Promise<{code: number, output: string, seconds: number}>}
 */
export async function runQuietly(command, args, extraEnvironment = {}) {
  const startedAt = performance.now();
  const child = spawn(command, args, {
    cwd: inRepository(),
    env: toolEnvironment(extraEnvironment),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  const code = await exitOf(child);
  return { code, output, seconds: (performance.now() - startedAt) / 1000 };
}

/** Runs a tool that shows its own progress, on the given file descriptor for both of its streams. */
export async function runShown(command, args, { output = 2, environment = {} } = {}) {
  const child = spawn(command, args, {
    cwd: inRepository(),
    env: toolEnvironment(environment),
    stdio: ['ignore', output, output],
  });
  return await exitOf(child);
}

function exitOf(child) {
  running.add(child);
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      running.delete(child);
      reject(error);
    });
    child.once('close', (code, signal) => {
      running.delete(child);
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}

for (const signal of SIGNALS) {
  let passedOnAt = -Infinity;
  process.on(signal, () => {
    if (running.size === 0) process.exit(128 + constants.signals[signal]);
    const repeated = performance.now() - passedOnAt < REPEATED_MS;
    if (repeated) return;
    passedOnAt = performance.now();
    // Tools share our group: a key press has reached them.
    const keyPress = signal === 'SIGINT' && process.stdin.isTTY;
    for (const child of running) if (child === foreground || !keyPress) child.kill(signal);
  });
}
