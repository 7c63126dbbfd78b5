import { err, isJsonObject, ok, type Json, type JsonObject, type Result } from '#lib/core';
import type { ArgumentProblem } from './types.ts';
import type { RecordPlan } from './plan-arguments.ts';

/** A prompt's arguments are named strings (MCP: `arguments: [{name, required?}]`); no others are accepted. */
export function planPrompt(definition: JsonObject): Result<RecordPlan, string> {
  const declared: Json | undefined = definition['arguments'] ?? [];
  if (!Array.isArray(declared)) return err("its 'arguments' are not a list");
  const members = new Map<string, { plan: { kind: 'string' }; required: boolean }>();
  for (const argument of declared as readonly Json[]) {
    if (!isJsonObject(argument) || typeof argument['name'] !== 'string')
      return err('an argument has no name');
    if (members.has(argument['name'])) return err(`'${argument['name']}' is declared twice`);
    members.set(argument['name'], { plan: { kind: 'string' }, required: argument['required'] === true });
  }
  return ok({ members, open: false, names: new Set(members.keys()), folded: new Set() });
}

/** Checks arguments against a closed plan of plain values: prompts, completions, what a server asks of the client. */
export function checkMembers(plan: RecordPlan, args: JsonObject): readonly ArgumentProblem[] {
  const problems: ArgumentProblem[] = [];
  for (const [name, { required }] of plan.members) {
    if (required && !Object.hasOwn(args, name)) problems.push({ path: '', message: `'${name}' is missing` });
  }
  for (const name of Object.keys(args)) {
    const member = plan.members.get(name);
    if (member === undefined) problems.push({ path: `/${name}`, message: 'is not declared' });
    else if (member.plan.kind === 'string' && typeof args[name] !== 'string')
      problems.push({ path: `/${name}`, message: 'is not a string' });
  }
  return problems;
}
