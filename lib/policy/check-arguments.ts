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
  /** What is wrong, if anything. */
  message: string | undefined;
  /** Where: the keys on the way to it, innermost first. Put together only where something is wrong. */
  readonly keys: (string | number)[];
}

/**
 * The first look at arguments, before anything else touches them: depth, number of values, text that is Unicode,
 * and none of Cedar's JSON escapes. (Tried: `{"__entity": {"type": "User", "id": "alice"}}` becomes that user.)
 */
export function checkArguments(args: JsonObject): ArgumentSize | ArgumentProblem {
  const walk: Walk = { nodes: 0, widest: 0, message: undefined, keys: [] };
  visit(args, 0, walk);
  const { nodes, widest, message, keys } = walk;
  if (message === undefined) return { nodes, widest };
  // Too many values are nobody's in particular.
  const path = nodes > ARGUMENT_NODES_MAX ? '' : keys.reverse().map(pointerStep).join('');
  return { path, message };
}

/** One step of a JSON Pointer (RFC 6901 §3). */
function pointerStep(key: string | number): string {
  return `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function visit(value: unknown, depth: number, walk: Walk): void {
  walk.nodes += 1;
  if (walk.nodes > ARGUMENT_NODES_MAX) {
    walk.message = `has more than ${ARGUMENT_NODES_MAX} values`;
  } else if (depth > ARGUMENT_DEPTH_MAX) {
    walk.message = `is nested deeper than ${ARGUMENT_DEPTH_MAX}`;
  } else if (typeof value === 'string') {
    if (!value.isWellFormed()) walk.message = 'holds a lone surrogate, which is not Unicode text';
  } else if (Array.isArray(value)) {
    visitItems(value, depth, walk);
  } else if (isJsonObject(value)) {
    visitMembers(value, depth, walk);
  } else if (value !== null && typeof value !== 'boolean' && !Number.isFinite(value)) {
    walk.message = 'is not a JSON value';
  }
}

function visitItems(list: readonly unknown[], depth: number, walk: Walk): void {
  walk.widest = Math.max(walk.widest, list.length);
  for (let index = 0; index < list.length; index += 1) {
    visit(list[index], depth + 1, walk);
    if (walk.message !== undefined) return void walk.keys.push(index);
  }
}

function visitMembers(object: JsonObject, depth: number, walk: Walk): void {
  const keys = Object.keys(object);
  walk.widest = Math.max(walk.widest, keys.length);
  for (const key of keys) {
    if (!key.isWellFormed()) {
      walk.message = 'has a key with a lone surrogate, which is not Unicode text';
      return;
    }
    if (CEDAR_ESCAPES.has(key)) walk.message = `'${key}' is reserved and never accepted in arguments`;
    else visit(object[key], depth + 1, walk);
    if (walk.message !== undefined) return void walk.keys.push(key);
  }
}
