import { canonicalJson, err, ok, type Json, type Result } from '#lib/core';

/** Nesting of JSON that is read; a hostile file must not end the process. */
const DEPTH_MAX = 256;
const NUMBER = /-?[0-9][0-9.eE+-]*/y;

/**
 * JSON that every reader reads alike: no duplicate member names, no number that a double would change, no lone
 * surrogates. Elsewhere the last duplicate may win or the first, and a verdict must hold for what others read.
 */
export function parseStrictJson(text: string): Result<Json, string> {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    return err(`it is not JSON: ${(error as Error).message}`);
  }
  const ambiguity = findAmbiguity(text);
  return ambiguity === undefined ? ok(value) : err(ambiguity);
}

/** The value, if `text` is RFC 8785 text; undefined for every other spelling. */
export function parseCanonicalJson(text: string): Json | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return canonicalJson(value) === text ? value : undefined;
  } catch {
    return undefined;
  }
}

/** `text` has already been accepted by JSON.parse: only what that leaves open is looked at. */
function findAmbiguity(text: string): string | undefined {
  /** A set of names for each open object, null for each open list. */
  const open: (Set<string> | null)[] = [];
  let expectsName = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '{' || char === '[') open.push(char === '{' ? new Set() : null);
    if (char === '}' || char === ']') open.pop();
    if (open.length > DEPTH_MAX) return `it is nested deeper than ${DEPTH_MAX} levels`;
    if (char === '{' || char === ',') expectsName = open.at(-1) instanceof Set;
    if (char === '"') {
      const end = endOfString(text, at);
      const found = findStringAmbiguity(text.slice(at, end + 1), expectsName ? open.at(-1) : null);
      if (found !== undefined) return found;
      expectsName = false;
      at = end;
    } else if (char === '-' || (char >= '0' && char <= '9')) {
      NUMBER.lastIndex = at;
      const [literal = ''] = NUMBER.exec(text) ?? [];
      if (changesAsDouble(literal)) return `the number ${literal.slice(0, 40)} does not fit a double`;
      at += literal.length - 1;
    }
  }
  return undefined;
}

function findStringAmbiguity(quoted: string, names: Set<string> | null | undefined): string | undefined {
  // Only an escape can hide a lone surrogate from the plain text, or spell a name differently.
  const string = quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
  if (!string.isWellFormed()) return 'it has a string with half a character (a lone surrogate)';
  if (names?.has(string)) return 'it has a member name twice in one object';
  names?.add(string);
  return undefined;
}

/** Index of the quote that closes the string opened at `start`. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); ; quote = text.indexOf('"', quote + 1)) {
    let slashes = 0;
    while (text.charAt(quote - 1 - slashes) === '\\') slashes += 1;
    if (slashes % 2 === 0) return quote;
  }
}

function changesAsDouble(literal: string): boolean {
  const value = Number(literal);
  return !Number.isFinite(value) || decimalOf(literal) !== decimalOf(String(value));
}

/** Digits and exponent without superfluous zeros: equal for equal decimal values. */
function decimalOf(literal: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/.exec(literal) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  return `${sign}${significant}e${Number(exponent) - fraction.length + (digits.length - significant.length)}`;
}
