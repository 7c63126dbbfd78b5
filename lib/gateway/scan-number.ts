import { JsonScanError } from './json-error.ts';

const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

/** A decimal of this many significant digits, without an exponent, always survives a double (IEEE 754: 15). */
const SAFE_CHARS = 15;

const NUMBER = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** Index after the number token that starts at `start`, by RFC 8259's grammar. */
export function scanNumber(bytes: Buffer, start: number): number {
  let at = bytes[start] === MINUS ? start + 1 : start;
  if (bytes[at] === ZERO) at += 1;
  else at = digits(bytes, at);
  if (bytes[at] === DOT) at = digits(bytes, at + 1);
  const exponent = bytes[at];
  if (exponent === 0x65 || exponent === 0x45) {
    const sign = bytes[at + 1];
    at = digits(bytes, sign === PLUS || sign === MINUS ? at + 2 : at + 1);
  }
  return at;
}

function digits(bytes: Buffer, start: number): number {
  let at = start;
  for (;;) {
    const code = bytes[at] as number;
    if (!(code >= ZERO && code <= NINE)) break;
    at += 1;
  }
  if (at === start) throw new JsonScanError('not a JSON value', start);
  return at;
}

/** Throws when JSON.parse would change the number's decimal value: what is decided on must be what was sent. */
export function assertFaithfulNumber(bytes: Buffer, start: number, end: number): void {
  if (end - start <= SAFE_CHARS && !hasExponent(bytes, start, end)) return;
  const text = bytes.toString('latin1', start, end);
  if (!isFaithfulNumber(text)) {
    throw new JsonScanError('a number that can not be represented without changing its value', start);
  }
}

/** The decimal value of a JSON number equals that of the double nearest to it as JavaScript writes it. */
export function isFaithfulNumber(text: string): boolean {
  const value = Number(text);
  return Number.isFinite(value) && decimal(text) === decimal(String(value));
}

function hasExponent(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    const code = bytes[at];
    if (code === 0x65 || code === 0x45) return true;
  }
  return false;
}

/** `<significant digits>e<exponent>`: one text per decimal value. */
function decimal(text: string): string {
  const [, whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  const significant = trimZeros(whole + fraction);
  if (significant.digits === '') return '0';
  const sign = text.startsWith('-') ? '-' : '';
  return `${sign}${significant.digits}e${Number(exponent) - fraction.length + significant.trailing}`;
}

/** Without a regular expression: `/0+$/` takes quadratic time on `0…01` repeated. */
function trimZeros(text: string): { digits: string; trailing: number } {
  let start = 0;
  while (text.charCodeAt(start) === ZERO) start += 1;
  let end = text.length;
  while (end > start && text.charCodeAt(end - 1) === ZERO) end -= 1;
  return { digits: text.slice(start, end), trailing: text.length - end };
}
