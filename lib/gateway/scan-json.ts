import { isUtf8 } from 'node:buffer';
import { ANSWER_DEPTH_MAX, KEYS_COMPARED_ONE_BY_ONE, REQUEST_DEPTH_MAX } from './constants.ts';
import { JsonScanError } from './json-error.ts';
import { assertFaithfulNumber, scanNumber } from './scan-number.ts';
import { keyOf, scanString } from './scan-string.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** What is open around the value being read: a list, an object, or an object whose keys are compared. */
type Container = 'list' | 'object' | KeyList;

/**
 * The one scan before the one parse: throws unless the bytes are one JSON value whose reading can't differ between
 * two parsers: UTF-8, no duplicate key, no lone surrogate, no number that JSON.parse would change.
 * @throws {JsonScanError}
 */
export function scanRequestBody(bytes: Buffer): void {
  if (!isUtf8(bytes)) throw new JsonScanError('the body is not UTF-8', 0);
  const end = skipSpace(bytes, scanValue(bytes, skipSpace(bytes, 0), true));
  if (end !== bytes.length) throw new JsonScanError('something after the JSON value', end);
}

/** Keys seen in one object. */
export class KeyList {
  #keys: string[] | Set<string> = [];

  add(key: string, offset: number): void {
    const keys = this.#keys;
    const seen = Array.isArray(keys) ? keys.includes(key) : keys.has(key);
    if (seen)
      throw new JsonScanError(`the key ${JSON.stringify(key.slice(0, 64))} twice in one object`, offset);
    if (!Array.isArray(keys)) keys.add(key);
    else if (keys.push(key) > KEYS_COMPARED_ONE_BY_ONE) this.#keys = new Set(keys);
  }
}

/** Index after the value that starts at `start`. Without recursion, so that no nesting exhausts the stack. */
export function scanValue(bytes: Buffer, start: number, strict: boolean): number {
  const open: Container[] = [];
  let at = start;
  for (;;) {
    const code = bytes[at];
    if (code === OPEN_OBJECT || code === OPEN_LIST) {
      const inner = skipSpace(bytes, at + 1);
      if (bytes[inner] === (code === OPEN_LIST ? CLOSE_LIST : CLOSE_OBJECT)) at = inner + 1;
      else {
        if (open.length >= (strict ? REQUEST_DEPTH_MAX : ANSWER_DEPTH_MAX))
          throw new JsonScanError('too deeply nested', at);
        const container = code === OPEN_LIST ? 'list' : strict ? new KeyList() : 'object';
        open.push(container);
        at = container === 'list' ? inner : scanKey(bytes, inner, container, strict);
        continue;
      }
    } else at = scanScalar(bytes, at, strict);
    at = scanAfterValue(bytes, at, open, strict);
    if (open.length === 0) return at;
  }
}

/** Closes what ends after a value; index of the next value, or after the outermost one when nothing is open any more. */
function scanAfterValue(bytes: Buffer, start: number, open: Container[], strict: boolean): number {
  let at = start;
  while (open.length > 0) {
    at = skipSpace(bytes, at);
    const container = open[open.length - 1] as Container;
    const code = bytes[at];
    if (code === COMMA) {
      const next = skipSpace(bytes, at + 1);
      return container === 'list' ? next : scanKey(bytes, next, container, strict);
    }
    if (code !== (container === 'list' ? CLOSE_LIST : CLOSE_OBJECT)) throw notJson(bytes, at);
    open.pop();
    at += 1;
  }
  return at;
}

function scanKey(bytes: Buffer, start: number, container: Container, strict: boolean): number {
  if (bytes[start] !== QUOTE) throw notJson(bytes, start);
  const end = scanString(bytes, start, strict);
  if (typeof container === 'object') container.add(keyOf(bytes, start, end), start);
  return afterColon(bytes, end);
}

function scanScalar(bytes: Buffer, start: number, strict: boolean): number {
  const code = bytes[start];
  if (code === QUOTE) return scanString(bytes, start, strict);
  if (code === 0x74) return scanWord(bytes, start, 'true');
  if (code === 0x66) return scanWord(bytes, start, 'false');
  if (code === 0x6e) return scanWord(bytes, start, 'null');
  if (code === undefined) throw notJson(bytes, start);
  const end = scanNumber(bytes, start);
  if (strict) assertFaithfulNumber(bytes, start, end);
  return end;
}

function scanWord(bytes: Buffer, start: number, word: string): number {
  for (let index = 1; index < word.length; index += 1) {
    if (bytes[start + index] !== word.charCodeAt(index)) throw notJson(bytes, start);
  }
  return start + word.length;
}

/** Sees one member: its key (as `keyOf` reads it), where the key starts, where the value starts; returns where the value ends. */
export type MemberVisitor = (key: string, keyStart: number, valueStart: number) => number;

/** Walks the members of the object at `start`, refusing a duplicate key; index after its closing brace. */
export function scanMembers(bytes: Buffer, start: number, visit: MemberVisitor): number {
  if (bytes[start] !== OPEN_OBJECT) throw new JsonScanError('not an object', start);
  const keys = new KeyList();
  let at = skipSpace(bytes, start + 1);
  if (bytes[at] === CLOSE_OBJECT) return at + 1;
  for (;;) {
    if (bytes[at] !== QUOTE) throw notJson(bytes, at);
    const keyEnd = scanString(bytes, at, false);
    const key = keyOf(bytes, at, keyEnd);
    keys.add(key, at);
    const next = skipSpace(bytes, visit(key, at, afterColon(bytes, keyEnd)));
    if (bytes[next] === CLOSE_OBJECT) return next + 1;
    if (bytes[next] !== COMMA) throw notJson(bytes, next);
    at = skipSpace(bytes, next + 1);
  }
}

function afterColon(bytes: Buffer, keyEnd: number): number {
  const colon = skipSpace(bytes, keyEnd);
  if (bytes[colon] !== COLON) throw notJson(bytes, colon);
  return skipSpace(bytes, colon + 1);
}

/** Index of the next byte that is not JSON white space. */
export function skipSpace(bytes: Buffer, start: number): number {
  let at = start;
  for (;;) {
    const code = bytes[at];
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
    at += 1;
  }
}

function notJson(bytes: Buffer, at: number): JsonScanError {
  return new JsonScanError(at < bytes.length ? 'not JSON' : 'the end of the text where JSON goes on', at);
}
