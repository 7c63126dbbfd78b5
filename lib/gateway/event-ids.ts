import { createHmac, timingSafeEqual } from 'node:crypto';
import { decodeUtf8, fromBase64Url, toBase64Url, utf8 } from '#lib/core';
import type { Keys } from '#lib/keys';
import { EVENT_ID_CHARS_MAX } from './constants.ts';
import type { Session } from './session.ts';

const PROOF_BYTES = 16;
const HEADER_SAFE = /^[\u0020-\u007e]+$/;

/**
 * Ids of the events on a session's own stream: the server's own, with a proof that it was this session that heard them. So
 * nobody takes up another's stream, whatever its server makes of an id (2025-11-25, transports, resumability).
 */
export class EventIds {
  #key: Uint8Array;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** Undefined for an id that no header could bring back. */
  seal(id: string): string | undefined {
    if (id.length > EVENT_ID_CHARS_MAX || !HEADER_SAFE.test(id)) return undefined;
    return `${toBase64Url(utf8(id))}.${toBase64Url(this.#proofOf(id))}`;
  }

  /** The server's own id; undefined for what this session was not told. */
  open(text: string): string | undefined {
    const [named = '', proven = '', more] = text.split('.');
    const id = decodeUtf8(fromBase64Url(named) ?? new Uint8Array());
    const proof = fromBase64Url(proven);
    if (id === undefined || id === '' || proof?.length !== PROOF_BYTES || more !== undefined)
      return undefined;
    return timingSafeEqual(proof, this.#proofOf(id)) ? id : undefined;
  }

  #proofOf(id: string): Uint8Array {
    return createHmac('sha256', this.#key).update(id).digest().subarray(0, PROOF_BYTES);
  }
}

/** Any replica makes the same: the key hangs on the tenant's, and on the session. */
export async function eventIdsOf(keys: Keys, session: Session): Promise<EventIds> {
  return new EventIds(await keys.lookup(session.tenant, 'mcp-event', session.hash));
}
