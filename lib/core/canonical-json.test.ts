import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, CanonicalJsonError, type Json } from '#lib/core';

describe('canonicalJson', () => {
  it('sorts keys by UTF-16 code units, integer-like keys included (RFC 8785 §3.2.3)', () => {
    const text = canonicalJson({
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
      '10': 'Ten',
      '2': 'Two',
    });
    expect([...text.matchAll(/"([^"]+)":/g)].map((match) => JSON.parse(`"${match[1]}"`))).toEqual([
      '\r',
      '1',
      '10',
      '2',
      '\u0080',
      '\u00f6',
      '\u20ac',
      '\ud83d\ude00',
      '\ufb33',
    ]);
  });

  it('writes numbers as RFC 8785 appendix B prescribes', () => {
    const numbers: [number, string][] = [
      [-0, '0'],
      [5e-324, '5e-324'],
      [-1.7976931348623157e308, '-1.7976931348623157e+308'],
      [9007199254740992, '9007199254740992'],
      [295147905179352830000, '295147905179352830000'],
      [9.999999999999997e22, '9.999999999999997e+22'],
      [1e23, '1e+23'],
      [0.000001, '0.000001'],
      [333333333.3333332, '333333333.3333332'],
      [1e30, '1e+30'],
      [4.5, '4.5'],
      [1e-27, '1e-27'],
    ];
    for (const [number, text] of numbers) expect(canonicalJson(number)).toBe(text);
  });

  it('writes every value as an independent implementation does', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        expect(canonicalJson(value as Json)).toBe(canonicalize(value));
      }),
    );
  });

  it.each([
    ['a lone surrogate in a value', { a: ['\ud800'] }, '/a/0'],
    ['a lone surrogate in a key', { '\udc00': 1 }, '/\udc00'],
    ['NaN', { a: Number.NaN }, '/a'],
  ])('refuses %s and says where', (_, value, path) => {
    expect(() => canonicalJson(value as Json)).toThrow(CanonicalJsonError);
    expect(() => canonicalJson(value as Json)).toThrow(path);
  });

  it('leaves out members without a value, as JSON.stringify does', () => {
    expect(canonicalJson({ a: 1, b: undefined } as unknown as Json)).toBe('{"a":1}');
  });
});
