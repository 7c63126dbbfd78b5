import {
  canonicalJson,
  err,
  isJsonObject,
  ok,
  utf8,
  type Json,
  type JsonObject,
  type Result,
} from '#lib/core';
import { dereference, type Schema, type SchemaDraft } from '@cfworker/json-schema';
import { EVALUATION_WORK, SCHEMA_BYTES_MAX, SCHEMA_DEPTH_MAX } from './constants.ts';
import { checkKeyPattern } from './check-key-pattern.ts';
import { compilePattern, type Charge, type Pattern } from './match-pattern.ts';
import { PATTERN_FORMAT } from './pattern-format.ts';

/** An input schema copied into a form whose validation is bounded. */
export interface PreparedSchema {
  readonly schema: Schema;
  readonly lookup: Record<string, Schema | boolean>;
  readonly draft: SchemaDraft;
  readonly meter: Meter;
  /** Property names are matched with JavaScript's own engine: then they must be short. */
  readonly hasKeyPatterns: boolean;
}

/** Where the copy's nodes pay for their evaluation, and find their patterns. */
export interface Meter {
  charge: Charge;
  widest: number;
  readonly patterns: Map<string, Pattern>;
}

class Refused extends Error {}

const DRAFTS: Readonly<Record<string, SchemaDraft>> = {
  'https://json-schema.org/draft/2020-12/schema': '2020-12',
  'https://json-schema.org/draft/2019-09/schema': '2019-09',
  'http://json-schema.org/draft-07/schema': '7',
  'http://json-schema.org/draft-06/schema': '7',
  'http://json-schema.org/draft-04/schema': '4',
};

const ONE: ReadonlySet<string> = new Set(
  'additionalItems unevaluatedItems contains additionalProperties unevaluatedProperties propertyNames not if then else'.split(
    ' ',
  ),
);
const LIST: ReadonlySet<string> = new Set(['prefixItems', 'allOf', 'anyOf', 'oneOf']);
const MAP: ReadonlySet<string> = new Set([
  '$defs',
  'definitions',
  'properties',
  'patternProperties',
  'dependentSchemas',
]);
const PLAIN: ReadonlySet<string> = new Set(
  'type const enum required dependentRequired minProperties maxProperties minContains maxContains minItems maxItems uniqueItems minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength $ref $anchor'.split(
    ' ',
  ),
);
/** They would change what a reference means, or are not evaluated by the validator: better no call than a wrong check. */
const REFUSED: ReadonlySet<string> = new Set([
  '$dynamicRef',
  '$dynamicAnchor',
  '$recursiveRef',
  '$recursiveAnchor',
]);

/**
 * Checks and copies a tool's input schema. Only keywords that the validator evaluates are copied; `format` is an
 * annotation (JSON Schema 2020-12 §7.2.1) and stays out. Refused are schemas beyond the limits, references that
 * leave the document, and patterns that no bounded machine can run.
 */
export function prepareSchema(source: JsonObject): Result<PreparedSchema, string> {
  try {
    if (utf8(canonicalJson(source)).length > SCHEMA_BYTES_MAX)
      return err(`is larger than ${SCHEMA_BYTES_MAX} bytes`);
    const meter: Meter = { charge: () => undefined, widest: 0, patterns: new Map() };
    const copier = { meter, base: tollNode(meter), hasKeyPatterns: false };
    const schema = copyNode(source, '', 0, copier) as Schema;
    const lookup = dereference(schema);
    assertResolves(schema, lookup);
    return ok({ schema, lookup, draft: draftOf(source), meter, hasKeyPatterns: copier.hasKeyPatterns });
  } catch (error) {
    if (error instanceof Refused) return err(error.message);
    return err(`can't be read: ${error instanceof Error ? error.message : 'unknown reason'}`);
  }
}

interface Copier {
  readonly meter: Meter;
  readonly base: object;
  hasKeyPatterns: boolean;
}

function draftOf(source: JsonObject): SchemaDraft {
  const named = source['$schema'];
  if (named === undefined) return '2020-12';
  const draft = typeof named === 'string' ? DRAFTS[named.replace(/#$/, '')] : undefined;
  if (draft === undefined) throw new Refused(`names a JSON Schema dialect that is not supported ($schema)`);
  return draft;
}

/** What one evaluation of a node costs: so much, and so much more per member of the widest value. */
interface Weight {
  readonly fixed: number;
  readonly perMember: number;
  readonly perPair: number;
}

const WEIGHT = Symbol('weight');

/**
 * The prototype of every copied node. The validator reads `$recursiveAnchor` once per evaluation of a node: there
 * it pays, in proportion to what the node and the widest value make it look at.
 */
function tollNode(meter: Meter): object {
  return Object.defineProperty(Object.create(null) as object, '$recursiveAnchor', {
    get(this: { readonly [WEIGHT]?: Weight }) {
      const { fixed, perMember, perPair } = this[WEIGHT] ?? { fixed: 1, perMember: 0, perPair: 0 };
      meter.charge(fixed + perMember * meter.widest + perPair * meter.widest * meter.widest);
      return undefined;
    },
  });
}

function weigh(node: object): Weight {
  let fixed = EVALUATION_WORK;
  let perMember = 0;
  for (const [key, value] of Object.entries(node)) {
    if (ONE.has(key) || key === 'items' || key === 'patternProperties') perMember += 1;
    if (Array.isArray(value)) fixed += value.length;
    else fixed += typeof value === 'object' && value !== null ? Object.keys(value).length : 1;
  }
  return { fixed, perMember, perPair: 'uniqueItems' in node ? 1 : 0 };
}

function copyNode(source: Json | undefined, path: string, depth: number, copier: Copier): object | boolean {
  if (typeof source === 'boolean') return source;
  if (!isJsonObject(source)) throw new Refused(`holds something that is no schema at ${path || 'its root'}`);
  if (depth > SCHEMA_DEPTH_MAX) throw new Refused(`is nested deeper than ${SCHEMA_DEPTH_MAX}`);
  const copy = Object.create(copier.base) as Record<string, unknown>;
  for (const [key, value] of Object.entries(source)) {
    const at = `${path}/${key}`;
    if (REFUSED.has(key)) throw new Refused(`uses ${key}, which is not supported, at ${at}`);
    if ((key === '$id' || key === 'id') && depth > 0) throw new Refused(`has a nested ${key} at ${at}`);
    if (ONE.has(key)) copy[key] = copyNode(value, at, depth + 1, copier);
    else if (key === 'items') copy[key] = copyItems(value, at, depth, copier);
    else if (LIST.has(key)) copy[key] = copyList(value, at, depth, copier);
    else if (MAP.has(key)) copy[key] = copyMap(value, at, depth, copier, key === 'patternProperties');
    else if (key === 'dependencies') copy[key] = copyDependencies(value, at, depth, copier);
    else if (key === 'pattern') copy['format'] = copyPattern(value, at, copier.meter);
    else if (PLAIN.has(key)) copy[key] = plain(key, value, at);
  }
  Object.defineProperty(copy, WEIGHT, { value: weigh(copy) });
  return copy;
}

function copyItems(value: Json | undefined, path: string, depth: number, copier: Copier): unknown {
  return Array.isArray(value)
    ? copyList(value, path, depth, copier)
    : copyNode(value, path, depth + 1, copier);
}

function copyList(value: Json | undefined, path: string, depth: number, copier: Copier): unknown[] {
  if (!Array.isArray(value)) throw new Refused(`needs a list at ${path}`);
  return value.map((element: Json, index) => copyNode(element, `${path}/${index}`, depth + 1, copier));
}

function copyMap(
  value: Json | undefined,
  path: string,
  depth: number,
  copier: Copier,
  keysArePatterns: boolean,
): object {
  if (!isJsonObject(value)) throw new Refused(`needs an object at ${path}`);
  const copy = Object.create(null) as Record<string, unknown>;
  for (const [name, schema] of Object.entries(value)) {
    if (keysArePatterns) {
      copier.hasKeyPatterns = true;
      const checked = checkKeyPattern(name);
      if (!checked.ok) throw new Refused(`has a property pattern that ${checked.error} at ${path}`);
    }
    copy[name] = copyNode(schema, `${path}/${name}`, depth + 1, copier);
  }
  return copy;
}

/** Draft 7: a member is a schema, or a list of names. */
function copyDependencies(value: Json | undefined, path: string, depth: number, copier: Copier): object {
  if (!isJsonObject(value)) throw new Refused(`needs an object at ${path}`);
  const copy = Object.create(null) as Record<string, unknown>;
  for (const [name, entry] of Object.entries(value)) {
    copy[name] = Array.isArray(entry)
      ? plain('required', entry, path)
      : copyNode(entry, `${path}/${name}`, depth + 1, copier);
  }
  return copy;
}

function copyPattern(value: Json | undefined, path: string, meter: Meter): unknown {
  if (typeof value !== 'string') throw new Refused(`needs text at ${path}`);
  const compiled = compilePattern(value);
  if (!compiled.ok) throw new Refused(`has a pattern that ${compiled.error} at ${path}`);
  meter.patterns.set(value, compiled.value);
  return PATTERN_FORMAT + value;
}

function plain(key: string, value: Json | undefined, path: string): unknown {
  if (key === '$ref' && !(typeof value === 'string' && value.startsWith('#'))) {
    throw new Refused(`refers to something outside itself at ${path}`);
  }
  if ((key === 'enum' || key === 'required') && !Array.isArray(value) && typeof value !== 'boolean') {
    throw new Refused(`needs a list at ${path}`);
  }
  // Draft 3's `required: true` inside a property means nothing since draft 4.
  if (key === 'required' && typeof value === 'boolean') return undefined;
  return value;
}

function assertResolves(node: unknown, lookup: Record<string, Schema | boolean>): void {
  if (typeof node !== 'object' || node === null) return;
  const target = (node as { __absolute_ref__?: string }).__absolute_ref__;
  if (target !== undefined && lookup[target] === undefined)
    throw new Refused('has a $ref that leads nowhere');
  for (const [key, child] of Object.entries(node)) {
    if (key !== 'enum' && key !== 'const') assertResolves(child, lookup);
  }
}
