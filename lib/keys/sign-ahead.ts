import { sign, type KeyObject } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { KEY_CACHED_MS, SIGNERS_MAX, SIGNING_THREAD_PAUSE_MS } from './constants.ts';
import type { KeyMessage, SigningThreadData } from './signing-thread.ts';
import {
  ABANDONED,
  createSlotMemory,
  FREE,
  MESSAGE_BYTES_MAX,
  SIGNATURE_BYTES,
  SIGNED,
  SIGNING,
  slotOf,
  SLOTS,
  viewSlots,
  WAITING,
  type SigningSlots,
} from './signing-slots.ts';
import type { SignatureAhead } from './types.ts';

/** By path, not as a URL of its own: no bundler shall take it for one of its entries. */
const THREAD_FILE = join(dirname(fileURLToPath(import.meta.url)), 'signing-thread.ts');

/**
 * Signs on a thread of its own what is needed a moment later. An Ed25519 signature is a tenth of what a call costs its
 * thread, and a call has two. Whatever happens to the thread, `take` has the signature: it makes it where none is there.
 */
export class SigningThread {
  #worker: Worker | undefined;
  #port: MessagePort | undefined;
  #slots: SigningSlots | undefined;
  /** Who has the slot: a signature that comes for its slot too late finds another number. */
  readonly #owners = new Int32Array(SLOTS);
  readonly #numbers = new Map<KeyObject, number>();
  #lastNumber = 0;
  #startAgainAt = 0;
  #forgetting: NodeJS.Timeout | undefined;
  #taken = 0;

  /** How many signatures were taken that the thread had made. */
  get taken(): number {
    return this.#taken;
  }

  /** Begins to sign. The message must not change until the signature is taken. */
  ahead(message: Uint8Array, privateKey: KeyObject): SignatureAhead {
    const slots = message.length <= MESSAGE_BYTES_MAX ? this.#start() : undefined;
    if (slots === undefined) return new SignatureUnderWay(message, privateKey);
    const number = Atomics.load(slots.written, 0);
    const slot = slotOf(number);
    const state = Atomics.load(slots.states, slot);
    // Full: the thread has not come round yet. What was signed and never taken gives way.
    if (state !== FREE && state !== SIGNED) return new SignatureUnderWay(message, privateKey);
    slots.messages.set(message, slot * MESSAGE_BYTES_MAX);
    slots.lengths[slot] = message.length;
    slots.keys[slot] = this.#numberOf(privateKey);
    this.#owners[slot] = number;
    Atomics.store(slots.states, slot, WAITING);
    Atomics.store(slots.written, 0, (number + 1) | 0);
    wake(slots);
    return new SignatureUnderWay(message, privateKey, () => this.#take(slots, number));
  }

  /** Drops all keys from the thread's memory. */
  forget(): void {
    clearTimeout(this.#forgetting);
    this.#forgetting = undefined;
    if (this.#numbers.size === 0) return;
    this.#numbers.clear();
    this.#send(null);
    if (this.#slots) wake(this.#slots);
  }

  close(): void {
    this.forget();
    this.#startAgainAt = Infinity;
    void this.#worker?.terminate();
  }

  #take(slots: SigningSlots, number: number): Uint8Array | undefined {
    const slot = slotOf(number);
    if (slots !== this.#slots || this.#owners[slot] !== number) return undefined;
    const { states, signatures } = slots;
    if (Atomics.compareExchange(states, slot, WAITING, FREE) === WAITING) return undefined;
    if (Atomics.compareExchange(states, slot, SIGNING, ABANDONED) === SIGNING) return undefined;
    if (Atomics.load(states, slot) !== SIGNED) return undefined;
    const from = slot * SIGNATURE_BYTES;
    const signature = signatures.slice(from, from + SIGNATURE_BYTES);
    Atomics.store(states, slot, FREE);
    this.#taken += 1;
    return signature;
  }

  #numberOf(privateKey: KeyObject): number {
    const known = this.#numbers.get(privateKey);
    if (known !== undefined) return known;
    if (this.#numbers.size >= SIGNERS_MAX) this.forget();
    this.#lastNumber = (this.#lastNumber + 1) | 0;
    this.#numbers.set(privateKey, this.#lastNumber);
    this.#send({ number: this.#lastNumber, key: privateKey });
    this.#forgetting ??= setTimeout(() => this.forget(), KEY_CACHED_MS).unref();
    return this.#lastNumber;
  }

  #send(message: KeyMessage): void {
    this.#port?.postMessage(message);
  }

  #start(): SigningSlots | undefined {
    if (this.#slots !== undefined || performance.now() < this.#startAgainAt) return this.#slots;
    const memory = createSlotMemory();
    const { port1, port2 } = new MessageChannel();
    const workerData: SigningThreadData = { memory, keys: port2 };
    const worker = new Worker(THREAD_FILE, {
      name: 'signing',
      workerData,
      transferList: [port2],
      env: {},
      execArgv: [],
    });
    worker.unref();
    port1.unref();
    worker.on('error', ({ message }) => {
      process.emitWarning(
        `The signing thread has ended: ${message}. Signatures cost more until there is another.`,
      );
    });
    worker.once('exit', () => this.#ended());
    this.#worker = worker;
    this.#port = port1;
    this.#slots = viewSlots(memory);
    return this.#slots;
  }

  #ended(): void {
    this.#port?.close();
    this.#worker = this.#port = this.#slots = undefined;
    this.#numbers.clear();
    this.#startAgainAt = Math.max(this.#startAgainAt, performance.now() + SIGNING_THREAD_PAUSE_MS);
  }
}

/** The thread looks again by itself unless it is asleep. */
function wake({ asleep }: SigningSlots): void {
  if (Atomics.compareExchange(asleep, 0, 1, 0) === 1) Atomics.notify(asleep, 0);
}

class SignatureUnderWay implements SignatureAhead {
  readonly #message: Uint8Array;
  readonly #privateKey: KeyObject;
  readonly #made: (() => Uint8Array | undefined) | undefined;

  constructor(message: Uint8Array, privateKey: KeyObject, made?: () => Uint8Array | undefined) {
    this.#message = message;
    this.#privateKey = privateKey;
    this.#made = made;
  }

  take(): Uint8Array {
    // Ed25519 is deterministic (RFC 8032 §5.1.6): whoever signs, the bytes are the same.
    return this.#made?.() ?? sign(null, this.#message, this.#privateKey);
  }
}
