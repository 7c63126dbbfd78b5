import { MessageChannel } from 'node:worker_threads';
import { afterEach, expect, it } from 'vitest';
import { SWEEP_MS } from './constants.ts';
import { NOT_SWEPT, Sweeper } from './sweeper.ts';

const sweeper = new Sweeper();
afterEach(() => sweeper.close());

it('what arrived while the event loop stood still is heard before it is late', async () => {
  const { port1: socket, port2: upstream } = new MessageChannel();
  const said: string[] = [];
  const swept = new Promise<void>((resolve) => {
    sweeper.add({
      sweepSlot: NOT_SWEPT,
      sweep: () => {
        said.push('judged');
        resolve();
      },
    });
  });
  socket.once('message', () => said.push('answered'));
  setImmediate(() => {
    upstream.postMessage('an answer');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SWEEP_MS + 50);
  });
  await swept;
  socket.close();
  expect(said.slice(0, 2)).toEqual(['answered', 'judged']);
});
