import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Command } from './build-command.ts';
import { PIPE_GRACE_MS, STDIN_BACKLOG_BYTES_MAX, STOP_GRACE_MS } from './constants.ts';
import type { StderrLog } from './stderr-log.ts';
import type { ProcessEnd, ProcessListener, StdioProcess } from './types.ts';

const SPAWN_WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'could not be started: its program is not there any more',
  EACCES: 'could not be started: its program may not be run',
  EAGAIN: 'could not be started: this machine has no room for another process',
  ENOMEM: 'could not be started: this machine has no memory left',
};

/** One process in a group of its own, which ends whole. */
export class RunningProcess implements StdioProcess {
  readonly idleMs: number;
  #child: ChildProcessWithoutNullStreams;
  #stderr: StderrLog;
  #listener: ProcessListener;
  #onGone: (wished: boolean) => void;
  /** We asked it to end. */
  #wished = false;
  #exited = false;
  #ended = false;
  #timers: NodeJS.Timeout[] = [];

  constructor(
    command: Command,
    idleMs: number,
    {
      stderr,
      listener,
      onGone,
    }: {
      readonly stderr: StderrLog;
      readonly listener: ProcessListener;
      /** Before the listener hears of the end. */
      readonly onGone: (wished: boolean) => void;
    },
  ) {
    this.idleMs = idleMs;
    this.#stderr = stderr;
    this.#listener = listener;
    this.#onGone = onGone;
    this.#child = spawn(command.file, command.args, {
      cwd: '/',
      env: command.environment as NodeJS.ProcessEnv,
      stdio: ['pipe', 'pipe', 'pipe'],
      // A session and group of its own: what ends one, ends all that it started.
      detached: true,
      ...command.runAs,
    });
    this.#child.once('error', (error: NodeJS.ErrnoException) => this.#failed(error));
    this.#assertPipes();
    this.#listen(this.#child);
  }

  write(text: string): boolean {
    const { stdin } = this.#child;
    if (stdin.writableLength > STDIN_BACKLOG_BYTES_MAX || !stdin.writable) return false;
    stdin.write(`${text}\n`);
    return true;
  }

  pause(): void {
    this.#child.stdout.pause();
  }

  resume(): void {
    if (!this.#ended) this.#child.stdout.resume();
  }

  stop(): void {
    if (this.#wished) return;
    this.#wished = true;
    this.#child.stdin.end();
    // Nobody listens any more: what it still says must not hold it up.
    this.#child.stdout.resume();
    this.#after(STOP_GRACE_MS, () => this.#signal('SIGTERM'));
    this.#after(2 * STOP_GRACE_MS, () => this.#signal('SIGKILL'));
  }

  kill(why: 'wish' | 'fault'): void {
    if (why === 'wish') this.#wished = true;
    this.#signal('SIGKILL');
  }

  /** Where this process has no file descriptor left there are none, whatever the types say. */
  #assertPipes(): void {
    const stdin = this.#child.stdin as unknown;
    if (stdin !== undefined && stdin !== null) return;
    this.#ended = true;
    throw new Error('no pipes could be made for it: too many files are open here');
  }

  #listen(child: ChildProcessWithoutNullStreams): void {
    child.stdout.on('data', (chunk: Buffer) => {
      if (!this.#ended) this.#listener.onChunk(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => this.#stderr.push(chunk));
    // A pipe that breaks is the process's end, which is told by itself.
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on('error', () => undefined);
    child.once('exit', (code, signal) => this.#exit(code, signal));
  }

  #failed(error: NodeJS.ErrnoException): void {
    if (this.#child.pid !== undefined || this.#ended) return;
    const words =
      SPAWN_WORDS[error.code ?? ''] ?? `could not be started (${error.code ?? 'for no known reason'})`;
    this.#end({ message: `${words}.` });
  }

  /** The process is gone; what it started may not be, and what it wrote last may still be in its pipe. */
  #exit(code: number | null, signal: NodeJS.Signals | null): void {
    this.#signal('SIGKILL');
    this.#exited = true;
    const how = signal === null ? `exit code ${code}` : signal;
    const end = { message: `ended (${how}) before it had answered.` };
    this.#child.stdout.resume();
    this.#child.once('close', () => this.#end(end));
    this.#after(PIPE_GRACE_MS, () => this.#end(end));
  }

  #end(end: ProcessEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const stream of [this.#child.stdin, this.#child.stdout, this.#child.stderr]) stream.destroy();
    this.#stderr.end();
    this.#onGone(this.#wished);
    this.#listener.onEnd(end);
  }

  #after(ms: number, run: () => void): void {
    this.#timers.push(setTimeout(run, ms));
  }

  #signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    const { pid } = this.#child;
    if (pid === undefined || this.#exited) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // The whole group is gone already.
    }
  }
}
