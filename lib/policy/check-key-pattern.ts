import { err, ok, type Result } from '#lib/core';
import { KEY_PATTERN_REPEATS_MAX } from './constants.ts';
import { parsePattern, type PatternNode } from './parse-pattern.ts';

/**
 * A key of `patternProperties` is run by JavaScript's own engine, which backtracks: so it may neither repeat a
 * group nor look ahead, and hold few repetitions. `^x-`, `^[a-z]+$` and `.*` pass.
 */
export function checkKeyPattern(pattern: string): Result<void, string> {
  const parsed = parsePattern(pattern);
  if (!parsed.ok) return parsed;
  const found = { repeats: 0, nested: false };
  look(parsed.value, false, found);
  if (found.nested) return err('repeats a group');
  return found.repeats > KEY_PATTERN_REPEATS_MAX ? err('has too many repetitions') : ok(undefined);
}

function look(node: PatternNode, repeated: boolean, found: { repeats: number; nested: boolean }): void {
  if (node.kind === 'char' || node.kind === 'assert') return;
  if (node.kind === 'repeat') {
    if (node.max > 1) found.repeats += 1;
    if (repeated) found.nested = true;
    look(node.body, repeated || node.max > 1, found);
  } else if (node.kind === 'look') found.nested = true;
  else if (node.kind === 'sequence') {
    if (repeated && node.parts.length !== 1) found.nested = true;
    for (const part of node.parts) look(part, repeated, found);
  } else {
    if (repeated) found.nested = true;
    for (const option of node.options) look(option, repeated, found);
  }
}
