/**
 * Memory that the process's own thread shares with the signing thread: a ring of slots, one message each. A slot's
 * state says whose it is; whoever changes it does so by compare-and-swap, so that nobody waits for anybody.
 */
export interface SigningSlots {
  /** How many messages were ever put in, modulo 2^32. */
  readonly written: Int32Array;
  /** 1 while the signing thread sleeps until it is woken. */
  readonly asleep: Int32Array;
  readonly states: Int32Array;
  readonly lengths: Int32Array;
  /** Number of the key that signs. */
  readonly keys: Int32Array;
  readonly messages: Uint8Array;
  readonly signatures: Uint8Array;
}

export const SLOTS = 512;
/** A receipt's signing input is some 2 KiB. Longer ones are signed on the spot. */
export const MESSAGE_BYTES_MAX = 4_096;
export const SIGNATURE_BYTES = 64;

export const FREE = 0;
/** Put in, and not begun. */
export const WAITING = 1;
export const SIGNING = 2;
export const SIGNED = 3;
/** Nobody waits for what is being signed there. */
export const ABANDONED = 4;

const NUMBERS_BYTES = 4 * (2 + 3 * SLOTS);
const MEMORY_BYTES = NUMBERS_BYTES + SLOTS * (MESSAGE_BYTES_MAX + SIGNATURE_BYTES);

/** Memory for `viewSlots`, all of it free. */
export function createSlotMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(MEMORY_BYTES);
}

/** Both threads' view of the same memory. */
export function viewSlots(memory: SharedArrayBuffer): SigningSlots {
  const numbers = (at: number, length: number) => new Int32Array(memory, 4 * at, length);
  const messagesEnd = NUMBERS_BYTES + SLOTS * MESSAGE_BYTES_MAX;
  return {
    written: numbers(0, 1),
    asleep: numbers(1, 1),
    states: numbers(2, SLOTS),
    lengths: numbers(2 + SLOTS, SLOTS),
    keys: numbers(2 + 2 * SLOTS, SLOTS),
    messages: new Uint8Array(memory, NUMBERS_BYTES, SLOTS * MESSAGE_BYTES_MAX),
    signatures: new Uint8Array(memory, messagesEnd, SLOTS * SIGNATURE_BYTES),
  };
}

/** Where a message of that number stands. */
export function slotOf(written: number): number {
  return written & (SLOTS - 1);
}
