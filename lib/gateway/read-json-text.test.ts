import { describe, expect, it } from 'vitest';
import { readJsonText } from './read-json-text.ts';

describe('JSON that a person typed', () => {
  it('is read as an agent’s would be', () => {
    expect(readJsonText('{"a": [1, "ü"]}')).toEqual({ ok: true, value: { a: [1, 'ü'] } });
  });

  it.each([
    ['{"a": 1,\n "ü": tru}', 2, 7, 'not JSON'],
    ['{"a": 1,\n "a": 2}', 2, 2, 'the key "a" twice in one object'],
    ['{"a": 9007199254740993}', 1, 7, undefined],
    ['{"a": 1e400}', 1, 7, undefined],
    ['{"a": "\\ud800"}', 1, 7, undefined],
    ['', 1, 1, 'the end of the text where JSON goes on'],
    ['\ud800', 1, 1, 'a lone surrogate, which is not Unicode'],
    ['['.repeat(100_000), 1, undefined, 'too deeply nested'],
  ])('is refused at its place: %s', (text, line, column, message) => {
    const read = readJsonText(text);
    expect(read).toMatchObject({ ok: false, error: { line } });
    if (!read.ok && column !== undefined) expect(read.error.column).toBeGreaterThanOrEqual(column);
    if (!read.ok && message !== undefined) expect(read.error.message).toBe(message);
  });
});
