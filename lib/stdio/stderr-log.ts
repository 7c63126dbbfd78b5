import { STDERR_INTERVAL_MS, STDERR_LINE_CHARS_MAX, STDERR_LINES_MAX } from './constants.ts';

const REDACTED = '[redacted]';

/** Standard error of one process, line by line into the log: without its secrets, cut, and only so many. */
export class StderrLog {
  #say: (text: string) => void;
  #secrets: readonly string[];
  #now: () => number;
  #rest = '';
  /** What follows belongs to a line that was too long already. */
  #skipping = false;
  #lines = 0;
  #dropped = 0;
  #since = -Infinity;

  constructor(secrets: readonly string[], now: () => number, say: (text: string) => void) {
    // The longest first, for one may be a part of another.
    this.#secrets = secrets.filter((secret) => secret !== '').toSorted((a, b) => b.length - a.length);
    this.#now = now;
    this.#say = say;
  }

  push(chunk: Buffer): void {
    const lines = (this.#rest + chunk.toString('utf8')).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#lineEnds(line);
    // Long enough for every secret that begins in what is kept, so that none is cut in two.
    const enough = STDERR_LINE_CHARS_MAX + (this.#secrets[0]?.length ?? 0);
    if (this.#rest.length <= enough) return;
    if (!this.#skipping) this.#line(this.#rest);
    this.#skipping = true;
    this.#rest = '';
  }

  /** What was left without a line's end. */
  end(): void {
    this.#lineEnds(this.#rest);
    this.#rest = '';
    this.#tellDropped();
  }

  #lineEnds(text: string): void {
    if (!this.#skipping) this.#line(text);
    this.#skipping = false;
  }

  #line(text: string): void {
    const now = this.#now();
    if (now - this.#since >= STDERR_INTERVAL_MS) {
      this.#tellDropped();
      this.#since = now;
      this.#lines = 0;
    }
    if (text.trim() === '') return;
    this.#lines += 1;
    if (this.#lines > STDERR_LINES_MAX) this.#dropped += 1;
    else this.#say(this.#clean(text));
  }

  #clean(text: string): string {
    let cleaned = text;
    for (const secret of this.#secrets) cleaned = cleaned.replaceAll(secret, REDACTED);
    return cleaned.slice(0, STDERR_LINE_CHARS_MAX);
  }

  #tellDropped(): void {
    if (this.#dropped > 0) this.#say(`(and ${this.#dropped} lines more, which were not kept)`);
    this.#dropped = 0;
  }
}
