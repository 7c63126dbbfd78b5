import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SigningThread } from './sign-ahead.ts';
import { MESSAGE_BYTES_MAX, SLOTS } from './signing-slots.ts';

const one = generateKeyPairSync('ed25519').privateKey;
const other = generateKeyPairSync('ed25519').privateKey;
const threads: SigningThread[] = [];

function startThread(): SigningThread {
  const thread = new SigningThread();
  threads.push(thread);
  return thread;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Begins one signature after the other until one of them was made by the thread. */
async function untilItSigns(thread: SigningThread, key: KeyObject = one): Promise<void> {
  const before = thread.taken;
  let begun = thread.ahead(randomBytes(100), key);
  await vi.waitFor(
    () => {
      begun.take();
      begun = thread.ahead(randomBytes(100), key);
      expect(thread.taken).toBeGreaterThan(before);
    },
    { interval: 5, timeout: 20_000 },
  );
}

afterEach(() => {
  for (const thread of threads.splice(0)) thread.close();
});

describe('the signing thread', () => {
  it('makes signatures while its caller does something else', async () => {
    const thread = startThread();
    await untilItSigns(thread);
  });

  it('gives every message the signature of its own bytes and key, whoever comes first', async () => {
    const thread = startThread();
    await untilItSigns(thread);
    for (let round = 0; round < 200; round += 1) {
      const jobs = Array.from({ length: 1 + (round % 20) }, (_, index) => {
        const message = randomBytes(1 + ((round * 31 + index * 97) % MESSAGE_BYTES_MAX));
        const key = index % 3 === 0 ? other : one;
        return { message, key, signature: thread.ahead(message, key) };
      });
      if (round % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
      for (const { message, key, signature } of round % 3 === 0 ? jobs.reverse() : jobs)
        expect(hex(signature.take())).toBe(hex(sign(null, message, key)));
    }
  });

  it('signs on the spot what is longer than a slot', async () => {
    const thread = startThread();
    await untilItSigns(thread);
    const message = randomBytes(MESSAGE_BYTES_MAX + 1);
    expect(hex(thread.ahead(message, one).take())).toBe(hex(sign(null, message, one)));
  });

  it('goes on when signatures are never taken, and gives a late taker the right one', async () => {
    const thread = startThread();
    await untilItSigns(thread);
    const first = randomBytes(64);
    const late = thread.ahead(first, one);
    for (let index = 0; index < 3 * SLOTS; index += 1) {
      thread.ahead(randomBytes(64), one);
      if (index % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(hex(late.take())).toBe(hex(sign(null, first, one)));
    await untilItSigns(thread);
  });

  it('signs on with keys that it was told to forget, for they are handed to it anew', async () => {
    const thread = startThread();
    await untilItSigns(thread);
    const message = randomBytes(64);
    const waiting = thread.ahead(message, one);
    thread.forget();
    expect(hex(waiting.take())).toBe(hex(sign(null, message, one)));
    await untilItSigns(thread);
    await untilItSigns(thread, other);
  });

  it('is not needed: once it has ended, whoever takes a signature makes it', async () => {
    const thread = startThread();
    await untilItSigns(thread);
    const message = randomBytes(64);
    const begun = thread.ahead(message, one);
    thread.close();
    expect(hex(begun.take())).toBe(hex(sign(null, message, one)));
    expect(hex(thread.ahead(message, one).take())).toBe(hex(sign(null, message, one)));
  });
});
