/**
 * The signing thread: signs what stands in the slots, in their order, and sleeps when there is nothing. It gets keys by
 * number over a port before the first message that names them, and drops all of them when it is told to.
 */
import { sign, type KeyObject } from 'node:crypto';
import { receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads';
import {
  ABANDONED,
  FREE,
  MESSAGE_BYTES_MAX,
  SIGNATURE_BYTES,
  SIGNED,
  SIGNING,
  slotOf,
  viewSlots,
  WAITING,
} from './signing-slots.ts';

/** What the thread is started with. */
export interface SigningThreadData {
  readonly memory: SharedArrayBuffer;
  readonly keys: MessagePort;
}

/** A key to sign with, or `null`: forget all of them. */
export type KeyMessage = { readonly number: number; readonly key: KeyObject } | null;

/** Between two looks at the slots while calls come in. */
const NAP_MS = 0.1;
const AWAKE_MS = 50;

const { memory, keys: port } = workerData as SigningThreadData;
const slots = viewSlots(memory);
const keys = new Map<number, KeyObject>();
let at = 0;
let idleSince = performance.now();

for (;;) {
  takeKeys();
  const written = Atomics.load(slots.written, 0);
  if (at !== written) idleSince = performance.now() + NAP_MS;
  for (; at !== written; at = (at + 1) | 0) signSlot(slotOf(at));
  if (performance.now() - idleSince < AWAKE_MS) Atomics.wait(slots.asleep, 0, 0, NAP_MS);
  else sleep(written);
}

/** To be woken costs the one who wakes more than all that it does with a message: so only who has been idle sleeps. */
function sleep(written: number): void {
  Atomics.store(slots.asleep, 0, 1);
  if (Atomics.load(slots.written, 0) === written) Atomics.wait(slots.asleep, 0, 1);
  Atomics.store(slots.asleep, 0, 0);
  idleSince = performance.now();
}

function takeKeys(): void {
  for (let found = receiveMessageOnPort(port); found; found = receiveMessageOnPort(port)) {
    const message = found.message as KeyMessage;
    if (message === null) keys.clear();
    else keys.set(message.number, message.key);
  }
}

function signSlot(slot: number): void {
  const { states, lengths, messages, signatures } = slots;
  if (Atomics.compareExchange(states, slot, WAITING, SIGNING) !== WAITING) return;
  const key = keys.get(slots.keys[slot] ?? 0);
  if (key === undefined) return void Atomics.store(states, slot, FREE);
  const from = slot * MESSAGE_BYTES_MAX;
  const message = messages.subarray(from, from + (lengths[slot] ?? 0));
  signatures.set(sign(null, message, key), slot * SIGNATURE_BYTES);
  if (Atomics.compareExchange(states, slot, SIGNING, SIGNED) === ABANDONED) Atomics.store(states, slot, FREE);
}
