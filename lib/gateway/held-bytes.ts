/** The process's budget for results that wait in memory for their receipts. */
export class HeldBytes {
  readonly max: number;
  used = 0;

  constructor(max: number) {
    this.max = max;
  }

  take(bytes: number): boolean {
    if (this.used + bytes > this.max) return false;
    this.used += bytes;
    return true;
  }

  release(bytes: number): void {
    this.used -= bytes;
  }
}

/** What one answer holds of the budget, and its bytes as they come. */
export class HeldBody {
  #budget: HeldBytes;
  #bytesMax: number;
  #first: Buffer | undefined;
  #rest: Buffer[] | undefined;
  #held = 0;

  constructor(budget: HeldBytes, bytesMax: number) {
    this.#budget = budget;
    this.#bytesMax = bytesMax;
  }

  /** Accounts for bytes that stand elsewhere. */
  hold(bytes: number): 'too_large' | 'no_room' | undefined {
    if (this.#held + bytes > this.#bytesMax) return 'too_large';
    if (!this.#budget.take(bytes)) return 'no_room';
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
    this.#budget.release(this.#held);
    this.#held = 0;
    this.#first = undefined;
    this.#rest = undefined;
  }
}
