import { FairPlaces } from '#lib/core';
import { TENANT_SHARE_WEIGHT } from './constants.ts';

/** The process's budget for results that wait in memory for their receipts, shared by tenants. */
export class HeldBytes {
  #bytes: FairPlaces<string>;

  constructor(max: number) {
    this.#bytes = new FairPlaces(max, TENANT_SHARE_WEIGHT);
  }

  get used(): number {
    return this.#bytes.taken;
  }

  /** False: this tenant holds its share, or as much is not free. */
  take(tenant: string, bytes: number): boolean {
    return bytes === 0 || this.#bytes.take(tenant, bytes);
  }

  release(tenant: string, bytes: number): void {
    this.#bytes.leave(tenant, bytes);
  }
}

/** What one answer holds of the budget, and its bytes as they come. */
export class HeldBody {
  #budget: HeldBytes;
  #tenant: string;
  #bytesMax: number;
  #first: Buffer | undefined;
  #rest: Buffer[] | undefined;
  #held = 0;

  constructor(budget: HeldBytes, tenant: string, bytesMax: number) {
    this.#budget = budget;
    this.#tenant = tenant;
    this.#bytesMax = bytesMax;
  }

  /** Accounts for bytes that stand elsewhere. */
  hold(bytes: number): 'too_large' | 'no_room' | undefined {
    if (this.#held + bytes > this.#bytesMax) return 'too_large';
    if (!this.#budget.take(this.#tenant, bytes)) return 'no_room';
    this.#held += bytes;
    return undefined;
  }

  push(chunk: Buffer): 'too_large' | 'no_room' | undefined {
    const problem = this.hold(chunk.length);
    if (problem !== undefined) return problem;
    if (this.#first === undefined) this.#first = chunk;
    else (this.#rest ??= [this.#first]).push(chunk);
    return undefined;
  }

  /** One chunk, as is usual, is not copied. */
  bytes(): Buffer {
    return this.#rest === undefined ? (this.#first ?? Buffer.alloc(0)) : Buffer.concat(this.#rest);
  }

  release(): void {
    this.#budget.release(this.#tenant, this.#held);
    this.#held = 0;
    this.#first = undefined;
    this.#rest = undefined;
  }
}
