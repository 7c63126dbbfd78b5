import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, type Json } from '#lib/core';
import { parseCanonicalJson, parseStrictJson } from './strict-json.ts';

describe('strict JSON', () => {
  test('reads whatever JSON.stringify writes, pretty or not', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(3), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(parseStrictJson(text)).toEqual({ ok: true, value: JSON.parse(text) });
      }),
    );
  });

  test.each([
    '{"a":{"a":1},"b":[{"a":1},{"a":2}]}',
    '{"a":"b","b":"a"}',
    '["a","a","\\"a\\"",",","{"]',
    '{"a\\\\":1,"a":2}',
    '[1.0,-0,0.1,1e2,1E+2,100,1.50,5e-324,1.7976931348623157e308,9007199254740992,0e99]',
    '"\\ud83d\\ude00"',
    ' { } ',
  ])('%s is fine', (text) => {
    expect(parseStrictJson(text).ok).toBe(true);
  });

  test.each([
    '{"a":1,"a":1}',
    '{"a":1,"b":{"c":[]},"a":2}',
    '[[{"x":[{"a":1,"a":2}]}]]',
    '{"a":1,"\\u0061":1}',
    '{"\\"":1,"\\u0022":1}',
    '{"__proto__":1,"__proto__":2}',
    '[0.1000000000000000055511151231257827]',
    '[9007199254740993]',
    '[1e400]',
    '[-1e400]',
    '[1e-400]',
    '[2.5000000000000000001]',
    '"\\ud800"',
    '{"\\udc00":1}',
    '[1,]',
    '{a:1}',
    '01',
    '"\t"',
    '',
    `${'['.repeat(300)}${']'.repeat(300)}`,
  ])('%s is refused', (text) => {
    expect(parseStrictJson(text).ok).toBe(false);
  });
});

test('canonical JSON is read in exactly one spelling', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value as Json);
      expect(parseCanonicalJson(text)).toEqual(JSON.parse(text));
      expect(parseCanonicalJson(` ${text}`)).toBeUndefined();
    }),
  );
  expect(parseCanonicalJson('{"b":1,"a":2}')).toBeUndefined();
  expect(parseCanonicalJson('{"10":1,"9":2}')).toEqual({ 9: 2, 10: 1 });
  expect(parseCanonicalJson('"\\u00e9"')).toBeUndefined();
  expect(parseCanonicalJson('"\\ud800"')).toBeUndefined();
});
