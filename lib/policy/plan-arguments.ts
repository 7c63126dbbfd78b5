import { err, isJsonObject, ok, type Json, type JsonObject, type Result } from '#lib/core';
import { CEDAR_ESCAPES, RECORD_DEPTH_MAX, RECORD_MEMBERS_MAX } from './constants.ts';

/** How a declared value reaches Cedar: with its type, or (`json`) as RFC 8785 text under `<name>_json`. */
export type ValuePlan =
  | { readonly kind: 'string' | 'long' | 'boolean' | 'json' }
  /** A list: a Cedar set, which forgets order and repetition, and its length under `<name>_count`. */
  | { readonly kind: 'set'; readonly element: ValuePlan }
  | { readonly kind: 'record'; readonly record: RecordPlan };

export interface RecordPlan {
  readonly members: ReadonlyMap<string, { readonly plan: ValuePlan; readonly required: boolean }>;
  /** Undeclared members may come; each as text under `<name>_json`. Only at the root: other open objects are text. */
  readonly open: boolean;
  /** Every attribute name that declared members take in Cedar. */
  readonly names: ReadonlySet<string>;
  /** The declared members' own names without their case; of use where undeclared ones may come. */
  readonly folded: ReadonlySet<string>;
}

/** Names that some JSON readers take for one (Go's `encoding/json` ignores case, by Unicode's simple folding). */
export function foldName(name: string): string {
  return name.toUpperCase().toLowerCase();
}

const STRING: ValuePlan = { kind: 'string' };
const LONG: ValuePlan = { kind: 'long' };
const BOOLEAN: ValuePlan = { kind: 'boolean' };
const JSON_TEXT: ValuePlan = { kind: 'json' };

class Unplannable extends Error {}

interface Planner {
  readonly root: JsonObject;
  membersLeft: number;
}

const plans = new WeakMap<JsonObject, Result<RecordPlan, string>>();

/**
 * Plans, from a tool's pinned input schema, how its arguments reach Cedar. Refused is a schema whose members would
 * meet under one name (`tags` next to `tags_count`): a policy could then read the wrong one.
 */
export function planArguments(inputSchema: JsonObject): Result<RecordPlan, string> {
  const known = plans.get(inputSchema);
  if (known !== undefined) return known;
  const made = makePlan(inputSchema);
  plans.set(inputSchema, made);
  return made;
}

function makePlan(inputSchema: JsonObject): Result<RecordPlan, string> {
  try {
    const planner = { root: inputSchema, membersLeft: RECORD_MEMBERS_MAX };
    const closed =
      inputSchema['additionalProperties'] === false && inputSchema['patternProperties'] === undefined;
    return ok(planRecord(inputSchema, 0, !closed, planner));
  } catch (error) {
    if (error instanceof Unplannable) return err(error.message);
    throw error;
  }
}

function planRecord(schema: JsonObject, depth: number, open: boolean, planner: Planner): RecordPlan {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const required = new Set(Array.isArray(schema['required']) ? (schema['required'] as readonly Json[]) : []);
  const members = new Map<string, { plan: ValuePlan; required: boolean }>();
  const names = new Set<string>();
  for (const [name, property] of Object.entries(properties)) {
    planner.membersLeft -= 1;
    if (planner.membersLeft < 0) throw new Unplannable(`declares more than ${RECORD_MEMBERS_MAX} members`);
    if (CEDAR_ESCAPES.has(name)) throw new Unplannable(`declares '${name}', which is reserved`);
    const plan = planValue(property, depth + 1, planner);
    members.set(name, { plan, required: required.has(name) });
    for (const taken of cedarNames(name, plan)) {
      if (names.has(taken)) throw new Unplannable(`declares members that both become '${taken}' in a policy`);
      names.add(taken);
    }
  }
  return { members, open, names, folded: new Set([...members.keys()].map(foldName)) };
}

/** The attributes one declared member becomes. */
export function cedarNames(name: string, plan: ValuePlan): readonly string[] {
  if (plan.kind === 'json') return [`${name}_json`];
  return plan.kind === 'set' ? [name, `${name}_count`] : [name];
}

function planValue(source: Json | undefined, depth: number, planner: Planner): ValuePlan {
  const schema = resolve(source, planner.root);
  if (schema === undefined || depth > RECORD_DEPTH_MAX) return JSON_TEXT;
  switch (typeOf(schema)) {
    case 'string':
      return STRING;
    case 'integer':
      return LONG;
    case 'boolean':
      return BOOLEAN;
    case 'array':
      return planList(schema, depth, planner);
    case 'object':
      return planObject(schema, depth, planner);
    default:
      return JSON_TEXT;
  }
}

function planList(schema: JsonObject, depth: number, planner: Planner): ValuePlan {
  if (schema['prefixItems'] !== undefined || Array.isArray(schema['items'])) return JSON_TEXT;
  const element = planValue(schema['items'], depth + 1, planner);
  // An element has no name of its own that its length or its text could stand under.
  return element.kind === 'json' || element.kind === 'set' ? JSON_TEXT : { kind: 'set', element };
}

function planObject(schema: JsonObject, depth: number, planner: Planner): ValuePlan {
  const closed =
    schema['additionalProperties'] === false &&
    schema['patternProperties'] === undefined &&
    isJsonObject(schema['properties']);
  return closed ? { kind: 'record', record: planRecord(schema, depth, false, planner) } : JSON_TEXT;
}

/** The one type every valid value has, or undefined for a union or an open schema. */
function typeOf(schema: JsonObject): string | undefined {
  const { type } = schema;
  if (typeof type === 'string') return type;
  if (Array.isArray(type)) return type.length === 1 && typeof type[0] === 'string' ? type[0] : undefined;
  if (type !== undefined) return undefined;
  const values = Array.isArray(schema['enum']) ? schema['enum'] : 'const' in schema ? [schema['const']] : [];
  const kinds = new Set(values.map((value: Json | undefined) => typeof value));
  if (kinds.size !== 1) return undefined;
  if (kinds.has('string')) return 'string';
  if (kinds.has('boolean')) return 'boolean';
  return values.every((value: Json | undefined) => Number.isSafeInteger(value)) ? 'integer' : undefined;
}

/** Follows a chain of local references that say nothing else; undefined for anything that is no plain schema. */
function resolve(source: Json | undefined, root: JsonObject): JsonObject | undefined {
  let schema: Json | undefined = source;
  for (let step = 0; step < RECORD_DEPTH_MAX; step += 1) {
    if (!isJsonObject(schema)) return undefined;
    const reference: Json | undefined = schema['$ref'];
    if (reference === undefined) return schema;
    if (typeof reference !== 'string' || schema['type'] !== undefined) return undefined;
    schema = pointed(root, reference);
  }
  return undefined;
}

function pointed(root: JsonObject, reference: string): Json | undefined {
  if (!reference.startsWith('#/')) return undefined;
  let value: Json | undefined = root;
  for (const part of reference.slice(2).split('/')) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}
