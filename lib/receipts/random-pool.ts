import { randomFillSync } from 'node:crypto';
import { uuidV7, type ReceiptId } from '#lib/core';
import { RANDOM_POOL_ITEMS } from './constants.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const CODES = Uint8Array.from(ALPHABET, (character) => character.charCodeAt(0));
/** Characters of base64url text of 16 bytes (a salt) and of 32 bytes (a digest). */
const SALT_CHARS = 22;
const DIGEST_CHARS = 43;
/** `["` and a salt are 24 bytes: 32 characters of base64url that do not depend on what follows. */
const OPENING_CHARS = 32;

/**
 * Randomness in bulk, for one call into the system costs more than all that a receipt does with it.
 * Nothing is handed out twice, and what was handed out is not kept.
 */
export interface RandomPool {
  /** base64url of `["<fresh 128-bit salt>`: how every disclosure begins. */
  disclosureOpening(): string;
  /** A digest of nothing: what stands for an absent disclosure. */
  decoy(): string;
  receiptId(epochMs: number): ReceiptId;
}

/** Makes a pool of its own. */
export function createRandomPool(): RandomPool {
  const openings = createTexts(OPENING_CHARS, makeOpenings);
  const decoys = createTexts(DIGEST_CHARS, makeDecoys);
  const bytes = Buffer.alloc(16 * RANDOM_POOL_ITEMS);
  let at = bytes.length;
  return {
    disclosureOpening: openings,
    decoy: decoys,
    receiptId: (epochMs) => {
      if (at === bytes.length) {
        randomFillSync(bytes);
        at = 0;
      }
      at += 16;
      return uuidV7(epochMs, bytes.subarray(at - 16, at));
    },
  };
}

function createTexts(chars: number, make: () => string): () => string {
  let text = '';
  let at = 0;
  return () => {
    if (at === text.length) {
      text = make();
      at = 0;
    }
    at += chars;
    return text.slice(at - chars, at);
  };
}

function makeOpenings(): string {
  const json = Buffer.alloc((2 + SALT_CHARS) * RANDOM_POOL_ITEMS);
  const random = randomFillSync(new Uint8Array(SALT_CHARS * RANDOM_POOL_ITEMS));
  for (let item = 0, to = 0, from = 0; item < RANDOM_POOL_ITEMS; item += 1) {
    json[to] = 0x5b;
    json[to + 1] = 0x22;
    // 16 bytes leave two bits to the last character, whose other four bits are zero.
    writeText(json, to + 2, random, from, SALT_CHARS, 0b11_0000);
    to += 2 + SALT_CHARS;
    from += SALT_CHARS;
  }
  return json.toString('base64url');
}

function makeDecoys(): string {
  const text = Buffer.alloc(DIGEST_CHARS * RANDOM_POOL_ITEMS);
  const random = randomFillSync(new Uint8Array(text.length));
  // 32 bytes leave four bits to the last character.
  for (let at = 0; at < text.length; at += DIGEST_CHARS)
    writeText(text, at, random, at, DIGEST_CHARS, 0b11_1100);
  return text.toString('latin1');
}

function writeText(
  target: Uint8Array,
  to: number,
  random: Uint8Array,
  from: number,
  chars: number,
  lastMask: number,
): void {
  for (let index = 0; index < chars; index += 1) {
    const mask = index === chars - 1 ? lastMask : 0b11_1111;
    target[to + index] = CODES[(random[from + index] ?? 0) & mask] ?? 0;
  }
}
