import { canonicalJson, err, isJsonObject, ok, type Json, type JsonObject, type Result } from '#lib/core';
import { foldName, type RecordPlan, type ValuePlan } from './plan-arguments.ts';

/** A value as Cedar gets it. Objects have no prototype, so that no name is special. */
export type CedarValue = boolean | number | string | readonly CedarValue[] | CedarRecord;
export interface CedarRecord {
  readonly [name: string]: CedarValue;
}

class Unmappable extends Error {}

/**
 * The one way of arguments into Cedar. They must have passed the pinned schema: the plan was made from it. A value
 * that is not what its plan says (a defect, or an integer that JavaScript can't hold) refuses the call.
 */
export function mapArguments(plan: RecordPlan, args: JsonObject): Result<CedarRecord, string> {
  try {
    return ok(mapRecord(plan, args));
  } catch (error) {
    if (error instanceof Unmappable) return err(error.message);
    throw error;
  }
}

function mapRecord(plan: RecordPlan, object: JsonObject): CedarRecord {
  const record = Object.create(null) as Record<string, CedarValue>;
  for (const name of Object.keys(object)) {
    const value = object[name];
    if (value === undefined) continue;
    const member = plan.members.get(name);
    if (member === undefined) mapUndeclared(plan, record, name, value);
    else if (member.plan.kind === 'json') record[`${name}_json`] = canonicalJson(value);
    else record[name] = mapValue(member.plan, value, name);
    if (member?.plan.kind === 'set' && Array.isArray(value)) record[`${name}_count`] = value.length;
  }
  return record;
}

/** What the schema does not declare reaches Cedar as text, and never under a name that is taken. */
function mapUndeclared(
  plan: RecordPlan,
  record: Record<string, CedarValue>,
  name: string,
  value: Json,
): void {
  if (!plan.open) throw new Unmappable(`'${name}' is not declared by the tool`);
  if (plan.folded.has(foldName(name))) {
    throw new Unmappable(
      `'${name}' differs from a declared argument by case only: the server could take it for that one`,
    );
  }
  if (plan.names.has(`${name}_json`)) {
    throw new Unmappable(
      `'${name}' is not declared by the tool, and its text would hide a declared argument`,
    );
  }
  record[`${name}_json`] = canonicalJson(value);
}

function mapValue(plan: ValuePlan, value: Json, name: string): CedarValue {
  switch (plan.kind) {
    case 'string':
      if (typeof value === 'string') return value;
      break;
    case 'boolean':
      if (typeof value === 'boolean') return value;
      break;
    case 'long':
      if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
      break;
    case 'set':
      if (Array.isArray(value)) return value.map((element: Json) => mapValue(plan.element, element, name));
      break;
    case 'record':
      if (isJsonObject(value)) return mapRecord(plan.record, value);
      break;
    case 'json':
      break;
  }
  const wanted = plan.kind === 'long' ? 'an integer between -(2^53-1) and 2^53-1' : plan.kind;
  throw new Unmappable(`'${name}' is not ${wanted}`);
}
