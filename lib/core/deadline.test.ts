import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { lapse, onceRead, startDeadline } from './deadline.ts';

const STALL_MS = 30;

/** The event loop stands still until timers are due, while an answer lies in a port that nobody has read. */
async function stallOver(answer: () => void): Promise<void> {
  const { port1: socket, port2: other } = new MessageChannel();
  await new Promise<void>((resolve) => {
    socket.once('message', () => {
      answer();
      socket.close();
      resolve();
    });
    setImmediate(() => {
      other.postMessage('answer');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * STALL_MS);
    });
  });
}

describe('a deadline that passed while the event loop stood still', () => {
  it('is met by what had arrived', async () => {
    let isLate = false;
    const stop = startDeadline(STALL_MS, () => {
      isLate = true;
    });
    await stallOver(stop);
    await new Promise((resolve) => setImmediate(resolve));
    expect(isLate).toBe(false);
  });

  it('comes second in a race', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const race = Promise.race([promise, lapse(STALL_MS)]);
    await stallOver(() => resolve('answered'));
    expect(await race).toBe('answered');
  });

  it('passes where nothing comes', async () => {
    const said: string[] = [];
    await new Promise<void>((resolve) => {
      startDeadline(1, () => {
        said.push('late');
        resolve();
      });
    });
    onceRead(() => said.push('judged'));
    await lapse(0);
    expect(said).toEqual(['late', 'judged']);
  });
});
