import { isJsonObject, type JsonObject } from '#lib/core';
import { ARGUMENT_DEPTH_MAX, ARGUMENT_NODES_MAX, CEDAR_ESCAPES } from './constants.ts';
import type { ArgumentProblem } from './types.ts';

/** What the validator's budget needs to know about the arguments. */
export interface ArgumentSize {
  readonly nodes: number;
  /** Members of the widest object or list. */
  readonly widest: number;
}

interface Walk {
  nodes: number;
  widest: number;
  problem: ArgumentProblem | undefined;
}

/**
 * The first look at arguments, before anything else touches them: depth, number of values, text that is Unicode,
 * and none of Cedar's JSON escapes. (Tried: `{"__entity": {"type": "User", "id": "alice"}}` becomes that user.)
 */
export function checkArguments(args: JsonObject): ArgumentSize | ArgumentProblem {
  const walk: Walk = { nodes: 0, widest: 0, problem: undefined };
  visit(args, '', 0, walk);
  return walk.problem ?? { nodes: walk.nodes, widest: walk.widest };
}

function visit(value: unknown, path: string, depth: number, walk: Walk): void {
  walk.nodes += 1;
  if (walk.problem !== undefined) return;
  if (walk.nodes > ARGUMENT_NODES_MAX) {
    walk.problem = { path: '', message: `has more than ${ARGUMENT_NODES_MAX} values` };
  } else if (depth > ARGUMENT_DEPTH_MAX) {
    walk.problem = { path, message: `is nested deeper than ${ARGUMENT_DEPTH_MAX}` };
  } else if (typeof value === 'string') {
    if (!value.isWellFormed())
      walk.problem = { path, message: 'holds a lone surrogate, which is not Unicode text' };
  } else if (Array.isArray(value)) {
    walk.widest = Math.max(walk.widest, value.length);
    for (let index = 0; index < value.length && walk.problem === undefined; index += 1) {
      visit(value[index], `${path}/${index}`, depth + 1, walk);
    }
  } else if (isJsonObject(value)) {
    visitMembers(value, path, depth, walk);
  } else if (value !== null && typeof value !== 'boolean' && !Number.isFinite(value)) {
    walk.problem = { path, message: 'is not a JSON value' };
  }
}

function visitMembers(object: JsonObject, path: string, depth: number, walk: Walk): void {
  const keys = Object.keys(object);
  walk.widest = Math.max(walk.widest, keys.length);
  for (const key of keys) {
    if (walk.problem !== undefined) return;
    const memberPath = `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (CEDAR_ESCAPES.has(key)) {
      walk.problem = { path: memberPath, message: `'${key}' is reserved and never accepted in arguments` };
    } else if (!key.isWellFormed()) {
      walk.problem = { path, message: 'has a key with a lone surrogate, which is not Unicode text' };
    } else {
      visit(object[key], memberPath, depth + 1, walk);
    }
  }
}
