import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { lookAtWorker, whatIsLeft } from './what-is-left.ts';

const undo: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0)) await each();
});

it.each<[string, string, () => Promise<void> | void]>([
  [
    'a server',
    'TCPServerWrap',
    async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      undo.push(() => new Promise((resolve) => server.close(() => resolve())));
    },
  ],
  [
    'a process',
    'ProcessWrap',
    () => {
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
      const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
      undo.push(() => (child.kill(), ended));
    },
  ],
  [
    'a listener',
    "a listener of the process for 'exit'",
    () => {
      const listener = () => undefined;
      process.on('exit', listener);
      undo.push(() => void process.off('exit', listener));
    },
  ],
  [
    'a variable',
    'LEFT_BEHIND in the environment',
    () => {
      vi.stubEnv('LEFT_BEHIND', '1');
      undo.push(() => void vi.unstubAllEnvs());
    },
  ],
  [
    'a fake clock',
    'a fake clock',
    () => {
      vi.useFakeTimers({ toFake: ['Date'] });
      undo.push(() => void vi.useRealTimers());
    },
  ],
])('%s that a test leaves behind is seen', async (_what, words, leave) => {
  const before = lookAtWorker();
  await leave();
  expect(whatIsLeft(before, lookAtWorker())).toContain(words);
});
