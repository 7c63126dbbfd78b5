import { JsonScanError } from './json-error.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LOWER_U = 0x75;
/** `" \ / b f n r t` may follow a backslash. */
const SIMPLE_ESCAPES = new Set([0x22, 0x5c, 0x2f, 0x62, 0x66, 0x6e, 0x72, 0x74]);

/** Index after the closing quote of the string whose opening quote is at `start`. `strict` refuses lone surrogates. */
export function scanString(bytes: Buffer, start: number, strict: boolean): number {
  let at = start + 1;
  for (;;) {
    const code = bytes[at] as number;
    if (code === QUOTE) return at + 1;
    if (code === BACKSLASH) at = scanEscape(bytes, at, strict);
    else if (code >= 0x20) at += 1;
    else
      throw new JsonScanError(
        at < bytes.length ? 'a control character inside a string' : 'the end inside a string',
        at,
      );
  }
}

/** Text of the string between `start` (opening quote) and `end`, comparable byte for byte: UTF-8 read as Latin-1. */
export function keyOf(bytes: Buffer, start: number, end: number): string {
  const raw = bytes.toString('latin1', start + 1, end - 1);
  if (!raw.includes('\\')) return raw;
  const decoded = JSON.parse(bytes.toString('utf8', start, end)) as string;
  return Buffer.from(decoded, 'utf8').toString('latin1');
}

function scanEscape(bytes: Buffer, at: number, strict: boolean): number {
  const code = bytes[at + 1] as number;
  if (SIMPLE_ESCAPES.has(code)) return at + 2;
  if (code !== LOWER_U) throw new JsonScanError('an unknown escape inside a string', at);
  const unit = hexUnit(bytes, at + 2);
  if (!strict || unit < 0xd800 || unit > 0xdfff) return at + 6;
  const paired = unit <= 0xdbff && bytes[at + 6] === BACKSLASH && bytes[at + 7] === LOWER_U;
  const low = paired ? hexUnit(bytes, at + 8) : 0;
  if (low < 0xdc00 || low > 0xdfff) throw new JsonScanError('a lone surrogate inside a string', at);
  return at + 12;
}

function hexUnit(bytes: Buffer, start: number): number {
  let unit = 0;
  for (let at = start; at < start + 4; at += 1) {
    const digit = hexDigit(bytes[at] as number);
    if (digit < 0) throw new JsonScanError('an unfinished \\u escape inside a string', at);
    unit = unit * 16 + digit;
  }
  return unit;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
