import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#lib/core';
import { readMirroredParams } from './mirrored-params.ts';

function schemaOf(properties: JsonObject, more: JsonObject = {}): JsonObject {
  return { type: 'object', properties, ...more };
}

function problemIn(schema: JsonObject): string {
  const read = readMirroredParams(schema);
  return read.ok ? '' : read.error;
}

describe('an argument that is mirrored in a header', () => {
  it('is found wherever properties alone lead to it', () => {
    const region = { type: 'string', 'x-mcp-header': 'Region' };
    const deep = { type: 'object', properties: { size: { type: 'integer', 'x-mcp-header': 'Size' } } };
    expect(readMirroredParams(schemaOf({ region, deep, plain: { type: 'string' } }))).toStrictEqual({
      ok: true,
      value: [
        { header: 'Region', path: ['region'] },
        { header: 'Size', path: ['deep', 'size'] },
      ],
    });
  });

  it('is none where a property, a default or an example only bears the name', () => {
    const property = {
      type: 'object',
      default: { 'x-mcp-header': 'A' },
      examples: [{ 'x-mcp-header': 'A' }],
    };
    const named = { 'x-mcp-header': { type: 'string' }, property };
    expect(readMirroredParams(schemaOf(named))).toStrictEqual({ ok: true, value: [] });
  });

  it.each([
    ['', 'no name of a header'],
    ['two words', 'no name of a header'],
    ['a\r\nX-Admin: 1', 'no name of a header'],
    [7, 'no name of a header'],
  ])('can not be called %j', (header, words) => {
    expect(problemIn(schemaOf({ a: { type: 'string', 'x-mcp-header': header } }))).toContain(words);
  });

  it.each([['number'], ['object'], ['null'], [['string', 'null']], [undefined]])(
    'can not be of type %j',
    (type) => {
      const property = { 'x-mcp-header': 'A', ...(type === undefined ? {} : { type }) };
      expect(problemIn(schemaOf({ a: property }))).toContain('string, integer or boolean');
    },
  );

  it('has a header of its own, whatever its case', () => {
    const properties = {
      a: { type: 'string', 'x-mcp-header': 'Region' },
      b: { type: 'string', 'x-mcp-header': 'REGION' },
    };
    expect(problemIn(schemaOf(properties))).toContain('twice');
  });

  const annotated = { type: 'string', 'x-mcp-header': 'A' };
  it.each([
    ['in a list', schemaOf({ a: { type: 'array', items: annotated } })],
    [
      'in a list of lists',
      schemaOf({ a: { type: 'array', prefixItems: [{ type: 'array', items: annotated }] } }),
    ],
    ['in a choice', schemaOf({}, { oneOf: [schemaOf({ a: annotated })] })],
    ['under a condition', schemaOf({}, { if: {}, else: schemaOf({ a: annotated }) })],
    ['behind a reference', schemaOf({ a: { $ref: '#/$defs/a' } }, { $defs: { a: annotated } })],
    ['of open properties', schemaOf({}, { additionalProperties: annotated })],
    ['of properties by pattern', schemaOf({}, { patternProperties: { '^a': annotated } })],
    ['of the schema itself', schemaOf({}, { 'x-mcp-header': 'A', type: 'string' })],
  ])('can not stand %s', (_where, schema) => {
    expect(problemIn(schema)).toContain('always found in one place');
  });
});
