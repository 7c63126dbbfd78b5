import { err, ok, type Result } from '#lib/core';

/** A regular expression as a tree. `test` looks at one code point. */
export type PatternNode =
  | { readonly kind: 'char'; readonly test: (codePoint: number) => boolean }
  | { readonly kind: 'assert'; readonly what: 'start' | 'end' | 'boundary' | 'inside' }
  | { readonly kind: 'look'; readonly negated: boolean; readonly body: PatternNode }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly options: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly body: PatternNode; readonly min: number; readonly max: number };

/** Thrown inside the parser only; `parsePattern` turns it into a refusal. */
class Unsupported extends Error {}

/**
 * Parses a JSON Schema `pattern` (ECMAScript, flag `u`). Everything is supported that a machine without
 * backtracking can run: back-references and lookbehind are refused, as is what JavaScript itself refuses.
 */
export function parsePattern(pattern: string): Result<PatternNode, string> {
  try {
    // JavaScript's own parser judges the syntax, so that ours only has to cut a valid pattern into pieces.
    new RegExp(pattern, 'u').test('');
  } catch {
    return err('is not a regular expression (ECMAScript, flag u)');
  }
  try {
    const reader = { pattern, at: 0 };
    const node = readChoice(reader);
    return reader.at === pattern.length ? ok(node) : err('is not understood');
  } catch (error) {
    if (error instanceof Unsupported) return err(error.message);
    throw error;
  }
}

interface Reader {
  readonly pattern: string;
  at: number;
}

function readChoice(reader: Reader): PatternNode {
  const options = [readSequence(reader)];
  while (reader.pattern[reader.at] === '|') {
    reader.at += 1;
    options.push(readSequence(reader));
  }
  return options.length === 1 && options[0] !== undefined ? options[0] : { kind: 'choice', options };
}

function readSequence(reader: Reader): PatternNode {
  const parts: PatternNode[] = [];
  for (;;) {
    const next = reader.pattern[reader.at];
    if (next === undefined || next === '|' || next === ')') return { kind: 'sequence', parts };
    parts.push(readRepeat(reader, readAtom(reader, next)));
  }
}

function readAtom(reader: Reader, next: string): PatternNode {
  if (next === '(') return readGroup(reader);
  if (next === '[') return readClass(reader);
  if (next === '\\') return readEscape(reader);
  const character = String.fromCodePoint(reader.pattern.codePointAt(reader.at) ?? 0);
  reader.at += character.length;
  if (next === '^') return { kind: 'assert', what: 'start' };
  if (next === '$') return { kind: 'assert', what: 'end' };
  if (next === '.') return charNode('.');
  const wanted = character.codePointAt(0);
  return { kind: 'char', test: (codePoint) => codePoint === wanted };
}

function readGroup(reader: Reader): PatternNode {
  const opening =
    /^\((?:\?(?:[:=!]|<[=!]|<[^>]*>|[^:=!<][^)]*))?/.exec(reader.pattern.slice(reader.at))?.[0] ?? '(';
  if (opening === '(?<=' || opening === '(?<!') throw new Unsupported('uses lookbehind');
  if (opening.startsWith('(?') && !/^\(\?[:=!<]/.test(opening)) throw new Unsupported('uses inline flags');
  reader.at += opening.length;
  const body = readChoice(reader);
  reader.at += 1;
  if (opening === '(?=' || opening === '(?!') return { kind: 'look', negated: opening === '(?!', body };
  return body;
}

function readClass(reader: Reader): PatternNode {
  let end = reader.at + 1;
  while (reader.pattern[end] !== ']') end += reader.pattern[end] === '\\' ? 2 : 1;
  const source = reader.pattern.slice(reader.at, end + 1);
  reader.at = end + 1;
  return charNode(source);
}

const ESCAPE =
  /^\\(?:u[Dd][89ABab][0-9A-Fa-f]{2}\\u[Dd][C-Fc-f][0-9A-Fa-f]{2}|u\{[0-9A-Fa-f]+\}|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|c[A-Za-z]|[pP]\{[^}]*\}|[\s\S])/u;

function readEscape(reader: Reader): PatternNode {
  const source = ESCAPE.exec(reader.pattern.slice(reader.at))?.[0] ?? '\\';
  reader.at += source.length;
  if (source === '\\b') return { kind: 'assert', what: 'boundary' };
  if (source === '\\B') return { kind: 'assert', what: 'inside' };
  if (/^\\[1-9k]/.test(source)) throw new Unsupported('uses a back-reference');
  return charNode(source);
}

/** One code point against one class or escape: no repetition, so JavaScript's own engine can't run away. */
function charNode(source: string): PatternNode {
  const expression = new RegExp(`^(?:${source})$`, 'u');
  const ascii = Array.from({ length: 128 }, (_, codePoint) =>
    expression.test(String.fromCodePoint(codePoint)),
  );
  return {
    kind: 'char',
    test: (codePoint) => ascii[codePoint] ?? expression.test(String.fromCodePoint(codePoint)),
  };
}

const QUANTIFIER = /^(?:[*+?]|\{(\d+)(,(\d*))?\})\??/;

function readRepeat(reader: Reader, body: PatternNode): PatternNode {
  const match = QUANTIFIER.exec(reader.pattern.slice(reader.at));
  if (match === null) return body;
  reader.at += match[0].length;
  const [text, least, comma, most] = match;
  if (text.startsWith('*')) return { kind: 'repeat', body, min: 0, max: Infinity };
  if (text.startsWith('+')) return { kind: 'repeat', body, min: 1, max: Infinity };
  if (text.startsWith('?')) return { kind: 'repeat', body, min: 0, max: 1 };
  const min = Number(least);
  const max = comma === undefined ? min : most === '' ? Infinity : Number(most);
  return { kind: 'repeat', body, min, max };
}
