import { isUtf8 } from 'node:buffer';
import type { Json } from '#lib/core';
import { META_PREFIX } from './constants.ts';
import { JsonScanError } from './json-error.ts';
import { scanMembers, scanValue, skipSpace } from './scan-json.ts';

/** Bytes from `start` up to `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A `_meta` object: where it is and where its members are. */
export interface MetaLayout extends Span {
  readonly members: readonly (Span & { readonly ours: boolean })[];
}

/** Where things are in a JSON-RPC response, found without parsing it: its bytes stay the upstream's own. */
export interface AnswerLayout {
  readonly member: 'result' | 'error';
  /** The value of `result` or `error`: what is hashed. */
  readonly value: Span;
  readonly empty: boolean;
  /** The id as JSON text. */
  readonly id: string;
  /** `result.isError` is `true`. */
  readonly isError: boolean;
  /** `_meta` of the result, or of the error's data. */
  readonly meta: MetaLayout | undefined;
  /** Of an error: its `data`, and whether that is an object. */
  readonly data: (Span & { readonly object: boolean; readonly empty: boolean }) | undefined;
}

const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const TRUE = 0x74;

/**
 * Finds the parts of a JSON-RPC response.
 * @throws {JsonScanError} when it is not UTF-8, not JSON, not a response, or has a duplicate key in the envelope,
 *   `result`, `error`, `error.data` or `_meta`.
 */
export function locateAnswer(bytes: Buffer): AnswerLayout {
  if (!isUtf8(bytes)) throw new JsonScanError('not UTF-8', 0);
  const finder = new AnswerFinder(bytes);
  const end = skipSpace(bytes, scanMembers(bytes, skipSpace(bytes, 0), finder.envelope));
  if (end !== bytes.length) throw new JsonScanError('something after the JSON value', end);
  return finder.layout();
}

/** The same for a message of a stream, which may also be a request or a notification: undefined then. */
export function locateStreamAnswer(bytes: Buffer): AnswerLayout | undefined {
  try {
    return locateAnswer(bytes);
  } catch (error) {
    if (error === HAS_A_METHOD) return undefined;
    throw error;
  }
}

/**
 * Of a message that is passed on as it came: one object, without a duplicate key where two readers could differ about
 * what it is or who speaks (the envelope, `params`, its `_meta`).
 * @throws {JsonScanError}
 */
export function assertMessage(bytes: Buffer): void {
  const value = (start: number) => scanValue(bytes, start, false);
  const within = (start: number, name: string, inner: (start: number) => number) => {
    if (bytes[start] !== OPEN_OBJECT) return value(start);
    return scanMembers(bytes, start, (key, _keyStart, at) => (key === name ? inner(at) : value(at)));
  };
  const meta = (start: number) => within(start, '', value);
  const start = skipSpace(bytes, 0);
  if (bytes[start] !== OPEN_OBJECT) throw new JsonScanError('a message that is not an object', start);
  within(start, 'params', (params) => within(params, '_meta', meta));
}

/** A response of our own making to this request, around a value as it came. */
export function answerAround(
  id: Json,
  member: AnswerLayout['member'],
  value: Buffer,
): { readonly bytes: Buffer; readonly layout: AnswerLayout } {
  const opening = Buffer.from(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"${member}":`);
  const bytes = Buffer.concat([opening, value, Buffer.from('}')]);
  return { bytes, layout: locateAnswer(bytes) };
}

/** One object for all, for it is an answer to a question rather than a mishap. */
const HAS_A_METHOD = new JsonScanError('a request where a response belongs', 0);

class AnswerFinder {
  #bytes: Buffer;
  #version = '';
  #id = '';
  #member: 'result' | 'error' | undefined;
  #value: Span = { start: 0, end: 0 };
  #isError = false;
  #meta: MetaLayout | undefined;
  #data: AnswerLayout['data'];

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  readonly envelope = (key: string, _keyStart: number, start: number): number => {
    if (key === 'result' || key === 'error') return this.#outcome(key, start);
    if (key === 'method') throw HAS_A_METHOD;
    const end = scanValue(this.#bytes, start, false);
    if (key === 'id') this.#id = this.#bytes.toString('utf8', start, end);
    else if (key === 'jsonrpc') this.#version = this.#bytes.toString('latin1', start, end);
    return end;
  };

  layout(): AnswerLayout {
    if (this.#version !== '"2.0"') throw new JsonScanError('not JSON-RPC 2.0', 0);
    if (this.#member === undefined) throw new JsonScanError('neither result nor error', 0);
    return {
      member: this.#member,
      value: this.#value,
      empty: isEmptyObject(this.#bytes, this.#value),
      id: this.#id,
      isError: this.#isError,
      meta: this.#meta,
      data: this.#data,
    };
  }

  #outcome(member: 'result' | 'error', start: number): number {
    if (this.#member !== undefined) throw new JsonScanError('both result and error', start);
    if (this.#bytes[start] !== OPEN_OBJECT) throw new JsonScanError(`the ${member} is not an object`, start);
    this.#member = member;
    const end = scanMembers(this.#bytes, start, member === 'result' ? this.#resultMember : this.#errorMember);
    this.#value = { start, end };
    return end;
  }

  readonly #resultMember = (key: string, _keyStart: number, start: number): number => {
    if (key === '_meta') return this.#metaObject(start);
    if (key === 'isError' && this.#bytes[start] === TRUE) this.#isError = true;
    return scanValue(this.#bytes, start, false);
  };

  readonly #errorMember = (key: string, _keyStart: number, start: number): number => {
    if (key !== 'data') return scanValue(this.#bytes, start, false);
    const object = this.#bytes[start] === OPEN_OBJECT;
    const end = object
      ? scanMembers(this.#bytes, start, this.#dataMember)
      : scanValue(this.#bytes, start, false);
    this.#data = { start, end, object, empty: isEmptyObject(this.#bytes, { start, end }) };
    return end;
  };

  readonly #dataMember = (key: string, _keyStart: number, start: number): number =>
    key === '_meta' ? this.#metaObject(start) : scanValue(this.#bytes, start, false);

  #metaObject(start: number): number {
    if (this.#bytes[start] !== OPEN_OBJECT) throw new JsonScanError('_meta is not an object', start);
    const members: { start: number; end: number; ours: boolean }[] = [];
    const end = scanMembers(this.#bytes, start, (key, keyStart, valueStart) => {
      const valueEnd = scanValue(this.#bytes, valueStart, false);
      members.push({ start: keyStart, end: valueEnd, ours: key.startsWith(META_PREFIX) });
      return valueEnd;
    });
    this.#meta = { start, end, members };
    return end;
  }
}

/** The value of one member of the object there, parsed; undefined where it has none of that name. */
export function readMember(bytes: Buffer, { start }: Span, name: string): Json | undefined {
  let text: string | undefined;
  scanMembers(bytes, start, (key, _keyStart, valueStart) => {
    const end = scanValue(bytes, valueStart, false);
    if (key === name) text = bytes.toString('utf8', valueStart, end);
    return end;
  });
  return text === undefined ? undefined : (JSON.parse(text) as Json);
}

function isEmptyObject(bytes: Buffer, span: Span): boolean {
  return bytes[span.start] === OPEN_OBJECT && bytes[skipSpace(bytes, span.start + 1)] === CLOSE_OBJECT;
}
