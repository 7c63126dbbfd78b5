import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#lib/core';
import { cedarSchema } from './cedar-schema.ts';
import { mapArguments } from './map-arguments.ts';
import { planArguments, type RecordPlan } from './plan-arguments.ts';
import { matchesTemplate } from './match-template.ts';
import { validateArguments } from './validate-arguments.ts';

function map(inputSchema: JsonObject, args: JsonObject) {
  const plan = planArguments(inputSchema);
  if (!plan.ok) return plan.error;
  const mapped = mapArguments(plan.value, args);
  return mapped.ok ? JSON.parse(JSON.stringify(mapped.value)) : mapped.error;
}

const rich: JsonObject = {
  type: 'object',
  properties: {
    text: { type: 'string' },
    count: { type: 'integer' },
    flag: { type: ['boolean'] },
    price: { type: 'number' },
    choice: { enum: ['a', 'b'] },
    size: { enum: [1, 2] },
    mixed: { enum: ['a', 1] },
    fixed: { const: true },
    union: { type: ['string', 'null'] },
    any: {},
    env: { $ref: '#/$defs/Env' },
    loop: { $ref: '#/$defs/Loop' },
    list: { type: 'array', items: { type: 'string' } },
    tuple: { type: 'array', prefixItems: [{ type: 'string' }] },
    matrix: { type: 'array', items: { type: 'array', items: { type: 'integer' } } },
    open: { type: 'object', properties: { a: { type: 'string' } } },
    closed: {
      type: 'object',
      properties: {
        a: { type: 'string' },
        b: { type: 'number' },
        c: { type: 'array', items: { type: 'integer' } },
      },
      additionalProperties: false,
    },
    rows: {
      type: 'array',
      items: { type: 'object', properties: { id: { type: 'integer' } }, additionalProperties: false },
    },
    "with 'quotes'": { type: 'string' },
  },
  $defs: { Env: { type: 'string' }, Loop: { $ref: '#/$defs/Loop' } },
};

describe('the way of arguments into Cedar', () => {
  it.each<[string, JsonObject, unknown]>([
    [
      'text, integers and booleans keep their type',
      { text: 'x', count: -3, flag: true },
      { text: 'x', count: -3, flag: true },
    ],
    [
      'an enumeration of one type has that type',
      { choice: 'a', size: 2, fixed: true, env: 'e' },
      { choice: 'a', size: 2, fixed: true, env: 'e' },
    ],
    [
      'fractions, unions, mixtures and open values are text',
      { price: 1.5, union: null, mixed: 1, any: [1, 'a'], open: { b: 1, a: 'x' } },
      {
        price_json: '1.5',
        union_json: 'null',
        mixed_json: '1',
        any_json: '[1,"a"]',
        open_json: '{"a":"x","b":1}',
      },
    ],
    ['a list is a set and a count', { list: ['b', 'a', 'a'] }, { list: ['b', 'a', 'a'], list_count: 3 }],
    [
      'tuples, lists of lists and what refers to itself are text',
      { tuple: ['a'], matrix: [[1]], loop: 1 },
      { tuple_json: '["a"]', matrix_json: '[[1]]', loop_json: '1' },
    ],
    [
      'a closed object is a record',
      { closed: { a: 'x', b: 0.5, c: [1] }, rows: [{ id: 1 }] },
      { closed: { a: 'x', b_json: '0.5', c: [1], c_count: 1 }, rows: [{ id: 1 }], rows_count: 1 },
    ],
    ['what is not declared is text', { other: { z: [null] } }, { other_json: '{"z":[null]}' }],
    [
      'a big integer is refused',
      { count: 2 ** 53 },
      "'count' is not an integer between -(2^53-1) and 2^53-1",
    ],
    ['a value that is not what was declared is refused', { text: ['x'] }, "'text' is not string"],
  ])('%s', (_, args, expected) => {
    expect(map(rich, args)).toEqual(expected);
  });

  it.each(['Environment', 'ENVIRONMENT', 'environMent', '\u212aind', 'ha\u017fh'])(
    'refuses %s beside what is declared: a server that ignores case would take the one that policy did not see',
    (name) => {
      const properties = {
        environment: { type: 'string' },
        kind: { type: 'string' },
        hash: { type: 'string' },
      };
      const args = { environment: 'dev', [name]: 'prod' };
      expect(map({ type: 'object', properties }, args)).toContain('differs from a declared argument by case');
      expect(map({ type: 'object', properties: {} }, { [name]: 'prod' })).toEqual({
        [`${name}_json`]: '"prod"',
      });
    },
  );

  it('refuses an undeclared name whose text would hide a declared argument', () => {
    const schema = { type: 'object', properties: { note_json: { type: 'string' } } };
    expect(map(schema, { note: 'x' })).toContain('would hide');
    expect(map({ ...schema, additionalProperties: false }, { note: 'x' })).toContain('not declared');
  });

  it('gives Cedar only what its schema promises', () => {
    const plan = planArguments(rich) as { ok: true; value: RecordPlan };
    const environment = {
      action: 'tools/call',
      resourceType: 'Tool' as const,
      server: 's',
      resourceId: 's/t',
      arguments: plan.value,
    };
    const schema = cedarSchema(environment, ['tools/call'], ['other_json']);
    const any = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    );
    const args = fc.record(
      {
        text: fc.string({ unit: 'grapheme' }),
        count: fc.maxSafeInteger(),
        flag: fc.boolean(),
        price: fc.double({ noNaN: true, noDefaultInfinity: true }),
        choice: fc.constantFrom('a', 'b'),
        union: fc.constantFrom('x', null),
        any: fc.oneof(any, fc.array(any)),
        env: fc.string({ unit: 'grapheme' }),
        list: fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 3 }),
        matrix: fc.array(fc.array(fc.integer(), { maxLength: 2 }), { maxLength: 2 }),
        open: fc.dictionary(fc.string({ unit: 'grapheme' }), any, { maxKeys: 2 }),
        closed: fc.record(
          { a: fc.string(), b: fc.integer(), c: fc.array(fc.integer(), { maxLength: 2 }) },
          { requiredKeys: [] },
        ),
        rows: fc.array(fc.record({ id: fc.integer() }, { requiredKeys: [] }), { maxLength: 3 }),
        other: any,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(args, (sample) => {
        const input = JSON.parse(JSON.stringify(sample)) as JsonObject;
        if (!validateArguments({ inputSchema: rich }, input).ok) return;
        const mapped = mapArguments(plan.value, input);
        if (!mapped.ok) throw new Error(mapped.error);
        const context = {
          arguments: mapped.value as cedar.Context,
          mode: 'user',
          time: { __extn: { fn: 'datetime', arg: '2026-11-20T00:00:00.000Z' } },
          agent: { __entity: { type: 'Agent', id: 'x' } },
        };
        const checked = cedar.checkParseContext({
          context,
          schema,
          action: { type: 'Action', id: 'tools/call' },
        });
        expect(checked).toEqual({ type: 'success' });
      }),
      { numRuns: 500 },
    );
  });
});

describe('a URI and a template', () => {
  it.each([
    ['a://x/{id}', 'a://x/7', true],
    ['a://x/{id}', 'a://x/', false],
    ['a://x/{id}', 'a://x/7/8', false],
    ['a://x/{id}', 'a://x/7?y', false],
    ['a://x/{+path}', 'a://x/7/8', true],
    ['a://{a}/{b}.txt', 'a://q/w.txt', true],
    ['a://{a}/{b}.txt', 'a://q/w.txt.txt', true],
    ['a://{a}-{b}', 'a://1-2-3', true],
    ['a://{a}{b}', 'a://12', true],
    ['a://x/{?q}', 'a://x/?q=1', false],
    ['a://x{/p*}', 'a://x/1', false],
    ['a://x', 'a://x', true],
    ['a://x', 'a://xy', false],
  ])('%s and %s: %s', (template, uri, expected) => {
    expect(matchesTemplate(template, uri)).toBe(expected);
  });

  it('are matched in little time, whatever a server calls a template', () => {
    const uri = 'x'.repeat(8_192);
    const before = performance.now();
    expect(matchesTemplate('{+a}x'.repeat(1_600), uri)).toBe(false);
    expect(matchesTemplate(`${'{+a}x'.repeat(12)}y`, uri)).toBe(false);
    expect(performance.now() - before).toBeLessThan(50);
    expect(matchesTemplate(`${'{+a}/'.repeat(11)}{+b}`, 'a/'.repeat(11) + 'b')).toBe(true);
  });
});
