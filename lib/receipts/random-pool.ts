import { randomFillSync } from 'node:crypto';
import { uuidV7, type ReceiptId } from '#lib/core';
import { RANDOM_POOL_ITEMS } from './constants.ts';
import { OPENING_CHARS } from './disclosures.ts';

/** A salt: 16 random bytes, whose base64url text is filled up to whole groups. */
const SALT = { random: 16, bytes: 18, chars: 24 };
/** A digest: 32 random bytes, 43 characters of base64url, and one more of the group that is begun. */
const DIGEST = { random: 32, bytes: 33, chars: 43, stride: 44 };
const OPENING = Buffer.from('["');

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
  const openings = createTexts(makeOpenings, OPENING_CHARS, OPENING_CHARS);
  const decoys = createTexts(makeDecoys, DIGEST.chars, DIGEST.stride);
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

function createTexts(make: () => string, chars: number, stride: number): () => string {
  let text = '';
  let at = 0;
  return () => {
    if (at === text.length) {
      text = make();
      at = 0;
    }
    at += stride;
    return text.slice(at - stride, at - stride + chars);
  };
}

function makeOpenings(): string {
  const salts = randomGroups(SALT).toString('base64url');
  const json = Buffer.alloc(salts.length);
  // What fills up a salt's groups stands where the next one's opening comes.
  json.write(salts, OPENING.length, 'latin1');
  for (let at = 0; at < json.length; at += SALT.chars) json.set(OPENING, at);
  return json.toString('base64url');
}

function makeDecoys(): string {
  return randomGroups(DIGEST).toString('base64url');
}

/** Random bytes of every item, each filled up with zeros: base64url takes whole groups of three. */
function randomGroups({ random, bytes }: { readonly random: number; readonly bytes: number }): Buffer {
  const groups = Buffer.alloc(bytes * RANDOM_POOL_ITEMS);
  randomFillSync(groups);
  for (let at = 0; at < groups.length; at += bytes) groups.fill(0, at + random, at + bytes);
  return groups;
}
