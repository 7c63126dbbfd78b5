import type { Json } from './json.ts';

const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

/** The value can't be written as RFC 8785 text; `path` says where. */
export class CanonicalJsonError extends Error {
  readonly path: string;
  constructor(path: string, reason: string) {
    super(`${reason} at ${path === '' ? 'the root' : path}`);
    this.name = 'CanonicalJsonError';
    this.path = path;
  }
}

/**
 * RFC 8785 text of a JSON value. Keys are written in UTF-16 order straight into the text: building a sorted
 * object instead would let JavaScript move integer-like keys to the front. Members whose value is `undefined`
 * are left out, as in JSON.stringify.
 * @throws {CanonicalJsonError} for NaN, infinities, lone surrogates and values that are not JSON.
 */
export function canonicalJson(value: Json | undefined): string {
  return write(value, '');
}

function write(value: unknown, path: string): string {
  if (typeof value === 'string') return writeString(value, path);
  if (typeof value === 'number') return writeNumber(value, path);
  if (value === null || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return writeList(value, path);
  if (typeof value === 'object') return writeObject(value as Record<string, unknown>, path);
  throw new CanonicalJsonError(path, `a value of type ${typeof value} is not JSON`);
}

function writeString(text: string, path: string): string {
  if (LONE_SURROGATE.test(text)) throw new CanonicalJsonError(path, 'a lone surrogate is not Unicode text');
  return JSON.stringify(text);
}

function writeNumber(value: number, path: string): string {
  if (!Number.isFinite(value)) throw new CanonicalJsonError(path, `${value} is not a JSON number`);
  // ECMAScript's Number::toString is what RFC 8785 §3.2.2.3 prescribes; JSON.stringify also turns -0 into 0.
  return JSON.stringify(value);
}

function writeList(list: readonly unknown[], path: string): string {
  let text = '[';
  for (let index = 0; index < list.length; index += 1) {
    if (index > 0) text += ',';
    text += write(list[index], `${path}/${index}`);
  }
  return text + ']';
}

function writeObject(object: Record<string, unknown>, path: string): string {
  // The default sort compares UTF-16 code units, which is the order RFC 8785 §3.2.3 asks for.
  const keys = Object.keys(object).sort();
  let text = '{';
  for (const key of keys) {
    const member = object[key];
    if (member === undefined) continue;
    if (text.length > 1) text += ',';
    text += `${writeString(key, `${path}/${key}`)}:${write(member, `${path}/${key}`)}`;
  }
  return text + '}';
}
