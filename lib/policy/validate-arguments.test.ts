import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '#lib/core';
import { validateArguments } from './validate-arguments.ts';

function check(inputSchema: JsonObject, args: JsonObject): string[] {
  const result = validateArguments({ inputSchema }, args);
  return result.ok ? [] : result.error.map(({ path, message }) => `${path}: ${message}`);
}

const entry: JsonObject = {
  type: 'object',
  properties: {
    account: { type: 'string', pattern: '^[a-z]+(-[a-z]+)*$' },
    amount: { type: 'integer', minimum: 1 },
    environment: { $ref: '#/$defs/Environment' },
    tags: { type: 'array', items: { type: 'string' }, uniqueItems: true },
  },
  required: ['account', 'environment'],
  additionalProperties: false,
  $defs: { Environment: { type: 'string', enum: ['dev', 'prod'] } },
};

function nest(depth: number): Json {
  return depth === 0 ? 1 : [nest(depth - 1)];
}

describe('arguments against the pinned schema', () => {
  it('pass when they fit', () => {
    expect(check(entry, { account: 'a-b', amount: 3, environment: 'dev', tags: ['x', 'y'] })).toEqual([]);
  });

  it('name every place that does not fit, and no value', () => {
    expect(check(entry, { account: 'A', environment: 'dev' })).toEqual([
      '/account: does not match the pattern of the schema',
    ]);
    expect(check(entry, { account: 'a', environment: ['prod'] })[0]).toContain(
      '/environment: Instance type "array"',
    );
    expect(check(entry, { account: 'a', amount: -7, environment: 'dev' })).toEqual([
      '/amount: is less than 1.',
    ]);
    expect(check(entry, { account: 'a', environment: 'dev', x: 1 }).join()).toContain('x');
    expect(check(entry, { account: 'a', environment: 'dev', tags: ['x', 'x'] }).join()).toContain('/tags');
  });

  it.each<[string, JsonObject]>([
    ["'__entity' is reserved", { account: { __entity: { type: 'User', id: 'alice' } } }],
    ["'__extn' is reserved", { account: [{ deep: { __extn: { fn: 'unknown', arg: 'x' } } }] }],
    ["'__expr' is reserved", { account: { __expr: 'principal' } }],
    ['lone surrogate', { account: 'a\uD800' }],
    ['key with a lone surrogate', { 'a\uDC00': 1 }],
    ['deeper than', { account: nest(80) }],
    ['more than', { account: Array.from({ length: 60_000 }, () => 1) }],
    ['not a JSON value', { account: Number.NaN as never }],
  ])('are refused before any schema: %s', (problem, args) => {
    expect(check({ type: 'object' }, args).join()).toContain(problem);
  });

  it.each<[string, JsonObject]>([
    ['refers to something outside itself', { properties: { a: { $ref: 'https://example.com/schema' } } }],
    ['leads nowhere', { properties: { a: { $ref: '#/$defs/missing' } } }],
    ['back-reference', { properties: { a: { pattern: '(a)\\1' } } }],
    ['repeats a group', { patternProperties: { '^(a+)+$': true } }],
    ['not supported', { properties: { a: { $dynamicRef: '#x' } } }],
    ['dialect', { $schema: 'https://example.com/dialect' }],
    ['larger than', { description: 'x'.repeat(300_000) }],
    ['nested deeper', JSON.parse('{"not":'.repeat(100) + '{}' + '}'.repeat(100)) as JsonObject],
    ['no schema', { properties: { a: 7 } }],
    ['nested $id', { properties: { a: { $id: 'https://example.com/a' } } }],
  ])('a schema that %s makes every call fail', (problem, schema) => {
    expect(check(schema, {}).join()).toContain(problem);
  });

  it('ends in bounded work where a schema would take for ever', () => {
    const doubling: Record<string, Json> = { d0: { type: 'number' } };
    for (let n = 1; n < 40; n += 1) {
      doubling[`d${n}`] = { allOf: [{ $ref: `#/$defs/d${n - 1}` }, { $ref: `#/$defs/d${n - 1}` }] };
    }
    const schema = { properties: { a: { $ref: '#/$defs/d39' } }, $defs: doubling };
    expect(check(schema, { a: 1 })).toEqual([
      ": can't be checked against the tool's input schema with bounded work",
    ]);
    expect(check({ $ref: '#' }, {}).join()).toContain('bounded work');
    const unique = { properties: { a: { uniqueItems: true } } };
    expect(check(unique, { a: Array.from({ length: 20_000 }, (_, n) => n) }).join()).toContain(
      'bounded work',
    );
    const pattern = { properties: { a: { pattern: '^(a+)+$' } } };
    expect(check(pattern, { a: `${'a'.repeat(40)}!` })).toEqual([
      '/a: does not match the pattern of the schema',
    ]);
  });

  it('keeps `format` an annotation, and applies the dialect that is named', () => {
    expect(check({ properties: { a: { type: 'string', format: 'email' } } }, { a: 'no email' })).toEqual([]);
    const seven = {
      $schema: 'http://json-schema.org/draft-07/schema#',
      properties: { a: { items: [{ type: 'string' }] } },
    };
    expect(check(seven, { a: [1] }).join()).toContain('/a/0');
  });

  it('treats names of the language itself as plain names', () => {
    const schema = JSON.parse(
      '{"type":"object","properties":{"__proto__":{"type":"string"},"constructor":{"type":"string"}},"additionalProperties":false}',
    ) as JsonObject;
    expect(check(schema, JSON.parse('{"__proto__":"x","constructor":"y"}') as JsonObject)).toEqual([]);
    expect(check(schema, JSON.parse('{"__proto__":1}') as JsonObject).join()).toContain('__proto__');
    expect(check(schema, { toString: 'x' } as unknown as JsonObject).join()).toContain('toString');
  });
});
