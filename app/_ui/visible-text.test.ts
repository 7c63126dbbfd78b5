import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { visibleParts, visibleText } from './visible-text.ts';

describe('text of others', () => {
  it('is shown as it is where there is nothing to hide', () => {
    expect(visibleParts('Posts one <b>entry</b>.\n\tGrüße 日本 👍')).toEqual([
      { text: 'Posts one <b>entry</b>.\n\tGrüße 日本 👍', hidden: false },
    ]);
  });

  it.each([
    ['an override of direction', '\u202e', 'U+202E'],
    ['an isolate', '\u2066', 'U+2066'],
    ['a zero-width space', '\u200b', 'U+200B'],
    ['a zero-width joiner', '\u200d', 'U+200D'],
    ['a byte order mark', '\ufeff', 'U+FEFF'],
    ['a soft hyphen', '\u00ad', 'U+00AD'],
    ['a control character', '\u0007', 'U+0007'],
    ['a delete', '\u007f', 'U+007F'],
    ['a line separator', '\u2028', 'U+2028'],
    ['a tag character', '\u{e0041}', 'U+E0041'],
    ['a Hangul filler', '\u3164', 'U+3164'],
    ['half of a pair', '\ud800', 'U+D800'],
  ])('names %s instead of letting it work', (_what, character, name) => {
    expect(visibleParts(`a${character}b`)).toEqual([
      { text: 'a', hidden: false },
      { text: name, hidden: true },
      { text: 'b', hidden: false },
    ]);
    expect(visibleText(`a${character}b`)).toBe(`a⟨${name}⟩b`);
  });

  it('never holds such a character in what is shown, whatever it is made of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(visibleText(text)).not.toMatch(/[\p{Cf}\p{Zl}\p{Zp}]|(?![\n\t])\p{Cc}/u);
      }),
    );
  });
});
