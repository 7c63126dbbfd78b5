import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter } from 'node:path';
import { inRepository, pinnedNode } from './paths.mjs';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const running = new Set();

/** Environment in which `node`, and every tool that starts it, is the pinned one. */
export function toolEnvironment(extra = {}) {
  const path = [
    inRepository('node_modules', 'node', 'bin'),
    inRepository('node_modules', '.bin'),
    process.env.PATH,
  ];
  return { ...process.env, PATH: path.filter(Boolean).join(delimiter), ...extra };
}

/** Runs a TypeScript file on the pinned Node with our own standard streams; resolves to its exit code. */
export async function runForeground(file, args) {
  const flags = ['--disable-warning=ExperimentalWarning', file, ...args];
  const child = spawn(pinnedNode(), flags, { stdio: 'inherit', env: toolEnvironment() });
  return await exitOf(child);
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

/**
 * Ctrl-C reaches the whole foreground group, a signal from npm or a service manager only us: what we get is passed
 * on, but a key press is not doubled, for a second SIGINT is how one tells a program not to finish its work.
 */
for (const signal of SIGNALS) {
  process.on(signal, () => {
    const keyPress = signal === 'SIGINT' && process.stdin.isTTY;
    if (running.size === 0) process.exit(128 + constants.signals[signal]);
    for (const child of running) if (!keyPress) child.kill(signal);
  });
}
