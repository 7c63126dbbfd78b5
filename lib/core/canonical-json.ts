import type { Json } from './json.ts';

/** The value can't be written as RFC 8785 text; `path` says where. */
export class CanonicalJsonError extends Error {
  readonly path: string;
  readonly reason: string;
  constructor(path: string, reason: string) {
    super(`${reason} at ${path === '' ? 'the root' : path}`);
    this.name = 'CanonicalJsonError';
    this.path = path;
    this.reason = reason;
  }
}

/**
 * RFC 8785 text of a JSON value. Keys are written in UTF-16 order straight into the text: building a sorted
 * object instead would let JavaScript move integer-like keys to the front. Members whose value is `undefined`
 * are left out, as in JSON.stringify.
 * @throws {CanonicalJsonError} for NaN, infinities, lone surrogates and values that are not JSON.
 */
export function canonicalJson(value: Json | undefined): string {
  return write(value);
}

function write(value: unknown): string {
  if (typeof value === 'string') return writeString(value);
  if (typeof value === 'number') return writeNumber(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return writeList(value);
  if (typeof value === 'object') return writeObject(value as Record<string, unknown>);
  throw new CanonicalJsonError('', `a value of type ${typeof value} is not JSON`);
}

function writeString(text: string): string {
  if (!text.isWellFormed()) throw new CanonicalJsonError('', 'a lone surrogate is not Unicode text');
  return JSON.stringify(text);
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new CanonicalJsonError('', `${value} is not a JSON number`);
  // ECMAScript's Number::toString is what RFC 8785 §3.2.2.3 prescribes; JSON.stringify also turns -0 into 0.
  return JSON.stringify(value);
}

function writeList(list: readonly unknown[]): string {
  let text = '[';
  for (let index = 0; index < list.length; index += 1) {
    if (index > 0) text += ',';
    try {
      text += write(list[index]);
    } catch (error) {
      throw inside(index, error);
    }
  }
  return text + ']';
}

function writeObject(object: Record<string, unknown>): string {
  let text = '{';
  for (const key of sortedKeys(object)) {
    const member = object[key];
    if (member === undefined) continue;
    if (text.length > 1) text += ',';
    try {
      text += `${writeString(key)}:${write(member)}`;
    } catch (error) {
      throw inside(key, error);
    }
  }
  return text + '}';
}

/** Most objects are written in order already, and sorting costs more than all the rest of writing them. */
function sortedKeys(object: Record<string, unknown>): string[] {
  const keys = Object.keys(object);
  for (let index = 1; index < keys.length; index += 1) {
    // Both this and the default sort compare UTF-16 code units, which is the order RFC 8785 §3.2.3 asks for.
    if ((keys[index - 1] ?? '') > (keys[index] ?? '')) return keys.sort();
  }
  return keys;
}

/** A path is put together only where something is wrong. */
function inside(key: string | number, error: unknown): unknown {
  if (!(error instanceof CanonicalJsonError)) return error;
  return new CanonicalJsonError(`/${key}${error.path}`, error.reason);
}
