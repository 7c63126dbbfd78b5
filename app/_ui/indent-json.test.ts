import { describe, expect, it } from 'vitest';
import { indentJson } from './indent-json.ts';

describe('JSON laid out for reading', () => {
  it('has a line for each member, and empty lists and objects on theirs', () => {
    expect(indentJson('{"a":[1,{"b":null}],"c":{},"d":[]}')).toBe(
      '{\n  "a": [\n    1,\n    {\n      "b": null\n    }\n  ],\n  "c": {},\n  "d": []\n}',
    );
  });

  it('keeps every token as it was hashed', () => {
    const text = '{"n":1.0,"big":12345678901234567890,"twice":1,"twice":2,"s":"a\\u0041{[,:\\"","e":1e3}';
    expect(indentJson(text).replaceAll(/\s/g, '')).toBe(text);
  });

  it('leaves what is no JSON alone', () => {
    expect(indentJson('{"a":')).toBe('{"a":');
    expect(indentJson('plain text')).toBe('plain text');
  });
});
