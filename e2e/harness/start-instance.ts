/** A whole Countersign as its operator runs it: `countersign serve` in a process of its own, known by what it prints. */
import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NODE_FLAGS } from '../../bin/setup/node-flags.mjs';
import { type ProgramEnd, ROOT } from '../demo/programs.ts';
import { COMPILE_CACHE } from './compile-cache.ts';
import { freePort } from './free-port.ts';
import { postgresPid } from './postgres-process.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

export interface InstanceOptions {
  /** On top of what every instance here has. */
  readonly env?: Variables;
  readonly port?: number;
  /** An existing folder, which then stays; without it a new one that `stop` removes. */
  readonly dataDir?: string;
  /** Saves the instance a PostgreSQL of its own. */
  readonly database?: { readonly url: string; readonly adminUrl: string };
}

export interface Instance {
  readonly port: number;
  /** `http://localhost:<port>` */
  readonly origin: string;
  readonly dataDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly metricsUrl: string;
  readonly pid: number;
  /** Everything it has written so far. */
  output(): string;
  canonicalUrl(slug: string): string;
  /** Runs a `countersign` command on this instance. */
  countersign(args: readonly string[], env?: Variables): Promise<ProgramEnd>;
  /** SIGTERM; resolves with the exit code. */
  terminate(): Promise<number | null>;
  /** SIGKILL to the serving process alone. */
  kill(): Promise<void>;
  /** The embedded PostgreSQL's own process id, from its pid file. */
  postgresPid(): number;
  /** Ends it and removes its folder, if that was made here. */
  stop(): Promise<void>;
}

const START_MS = 90_000;
const COMMAND_MS = 60_000;
const STOP_MS = 40_000;
const PROGRAM = join(ROOT, 'bin/countersign.ts');

/** Starts an instance; rejects with what it said if it ends instead. */
export async function startInstance(options: InstanceOptions = {}): Promise<Instance> {
  const port = options.port ?? (await freePort());
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'countersign-e2e-')));
  const env = instanceEnvironment({ ...options, port, dataDir });
  const removeFolder = () => {
    if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
  };
  const program = startCountersign(['serve'], env);
  const announced = await program.firstLine('{"listening"', START_MS).catch((error: unknown) => {
    removeFolder();
    throw error;
  });
  const { metrics } = JSON.parse(announced) as { metrics: string };
  return {
    port,
    origin: `http://localhost:${port}`,
    dataDir,
    env,
    metricsUrl: metrics,
    pid: program.child.pid ?? 0,
    output: program.output,
    canonicalUrl: (slug) => `http://localhost:${port}/t/${slug}`,
    countersign: (args, more = {}) => runCountersign(args, { ...env, ...more }),
    terminate: () => program.end('SIGTERM'),
    kill: async () => void (await program.end('SIGKILL')),
    postgresPid: () => postgresPid(dataDir),
    stop: async () => {
      await program.end('SIGTERM');
      removeFolder();
    },
  };
}

/** What an operator's shell would hold: nothing of the test runner's own environment. */
export function instanceEnvironment({
  env = {},
  port,
  dataDir,
  database,
}: InstanceOptions): NodeJS.ProcessEnv {
  const all: Variables = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    LOG_LEVEL: 'info',
    NEXT_TELEMETRY_DISABLED: '1',
    ...COMPILE_CACHE,
    ...(port === undefined ? {} : { PORT: String(port) }),
    ...(dataDir === undefined ? {} : { DATA_DIR: dataDir }),
    ...(database === undefined ? {} : { DATABASE_URL: database.url, DATABASE_ADMIN_URL: database.adminUrl }),
    ...env,
  };
  const present = Object.entries(all).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as unknown as NodeJS.ProcessEnv;
}

/** Runs `countersign <args>` to its end. One that does not end by itself in time is killed: its code is then null. */
export async function runCountersign(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  limitMs = COMMAND_MS,
): Promise<ProgramEnd> {
  const program = startCountersign(args, env);
  const timer = setTimeout(() => program.child.kill('SIGKILL'), limitMs);
  const code = await program.ended;
  clearTimeout(timer);
  return { code, stdout: program.stdout(), stderr: program.stderr() };
}

interface Program {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  stdout(): string;
  stderr(): string;
  output(): string;
  firstLine(start: string, limitMs: number): Promise<string>;
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
}

function startCountersign(args: readonly string[], env: NodeJS.ProcessEnv): Program {
  const child = spawn(process.execPath, [...NODE_FLAGS, PROGRAM, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const abandon = () => child.kill('SIGKILL');
  process.once('exit', abandon);
  const stdout: string[] = [];
  const stderr: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => stdout.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => stderr.push(text));
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code))).finally(
    () => process.off('exit', abandon),
  );
  const output = () => stdout.join('') + stderr.join('');
  return {
    child,
    ended,
    stdout: () => stdout.join(''),
    stderr: () => stderr.join(''),
    output,
    firstLine: (start, limitMs) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          child.kill('SIGKILL');
          reject(new Error(`no line ${start} within ${limitMs} ms:\n${output()}`));
        }, limitMs);
        const look = () => {
          const line = stdout
            .join('')
            .split('\n')
            .slice(0, -1)
            .find((each) => each.startsWith(start));
          if (line === undefined) return;
          clearTimeout(timer);
          child.stdout.off('data', look);
          resolve(line);
        };
        child.stdout.on('data', look);
        void ended.then((code) => {
          clearTimeout(timer);
          reject(new Error(`countersign ${args.join(' ')} ended with ${code}:\n${output()}`));
        });
        look();
      }),
    end: async (signal) => {
      const running = child.exitCode === null && child.signalCode === null;
      if (running) child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      const code = await ended;
      clearTimeout(timer);
      return code;
    },
  };
}
