import { HeldBody, type HeldBytes } from '../held-bytes.ts';

const LINE_FEED = 0x0a;

/** Standard output in, lines out, each of bounded length and counted while it is held. */
export class ProcessLines {
  #held: HeldBytes;
  #tenant: string;
  #bytesMax: number;
  #onLine: (line: Buffer, body: HeldBody) => void;
  #body: HeldBody;
  #closed = false;

  /** Whoever gets a line releases its body. */
  constructor(
    held: HeldBytes,
    tenant: string,
    bytesMax: number,
    onLine: (line: Buffer, body: HeldBody) => void,
  ) {
    this.#held = held;
    this.#tenant = tenant;
    this.#bytesMax = bytesMax;
    this.#onLine = onLine;
    this.#body = new HeldBody(held, tenant, bytesMax);
  }

  /** Why nothing more can be read, if so. */
  push(chunk: Buffer): 'too_large' | 'no_room' | undefined {
    let start = 0;
    while (!this.#closed) {
      const end = chunk.indexOf(LINE_FEED, start);
      const problem = this.#body.push(chunk.subarray(start, end < 0 ? chunk.length : end));
      if (problem !== undefined || end < 0) return problem;
      const body = this.#body;
      this.#body = new HeldBody(this.#held, this.#tenant, this.#bytesMax);
      this.#onLine(body.bytes(), body);
      start = end + 1;
    }
    return undefined;
  }

  close(): void {
    this.#closed = true;
    this.#body.release();
  }
}
