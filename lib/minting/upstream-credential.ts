import { inspect } from 'node:util';
import type { TokenAhead } from './minted-token.ts';
import type { UpstreamCredential } from './types.ts';

const SHOWN = '[credential]';

/** A bearer token that can be written into a request and nowhere else: printing, logging or serialising it shows nothing. */
export class BearerCredential implements UpstreamCredential {
  readonly kind = 'minted';
  readonly reference: string;
  readonly #token: string | TokenAhead;

  constructor(token: string | TokenAhead, reference: string) {
    this.#token = token;
    this.reference = reference;
  }

  writeTo(headers: string[]): void {
    const token = typeof this.#token === 'string' ? this.#token : this.#token.take();
    headers.push('authorization', `Bearer ${token}`);
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }

  [Symbol.toPrimitive](): string {
    return SHOWN;
  }

  [inspect.custom](): string {
    return SHOWN;
  }
}

/** For servers that are open to whoever reaches them. */
export const noCredential: UpstreamCredential = Object.freeze({
  kind: 'none',
  writeTo: () => undefined,
});
