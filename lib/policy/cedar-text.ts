import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import type { Clause, PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import { CEDAR_JSON_DEPTH_MAX } from './constants.ts';

const ANYTHING = { op: 'All' } as const;

function textOf(json: Partial<PolicyJson>): string {
  const answer = cedar.policyToText({
    effect: 'permit',
    principal: ANYTHING,
    action: ANYTHING,
    resource: ANYTHING,
    conditions: [],
    ...json,
  });
  return answer.type === 'success' ? answer.text.replaceAll(/\s+/g, ' ') : '';
}

/** What stands between the brackets of `permit (…)`; empty for a scope that is about anything. */
export function scopeText(json: PolicyJson, part: 'principal' | 'action' | 'resource'): string {
  if (json[part].op === 'All') return '';
  const scope = textOf({ [part]: json[part] });
  const inside = scope.slice(scope.indexOf('(') + 1, scope.lastIndexOf(')')).trim();
  const ends = {
    principal: [/^/, /, action, resource$/],
    action: [/^principal, /, /, resource$/],
    resource: [/^principal, action, /, /$/],
  } as const;
  const [before, after] = ends[part];
  return inside.replace(before, '').replace(after, '');
}

/** `when { … }` as Cedar writes it. */
export function clauseText(clause: Clause): string {
  const text = textOf({ conditions: [clause] });
  return text
    .slice(text.indexOf(')') + 1)
    .trim()
    .replace(/;$/, '');
}

/** Whether Cedar's reader of JSON takes it; without recursion. */
export function isShallow(clause: Clause): boolean {
  let level: readonly unknown[] = [clause];
  for (let depth = 0; depth < CEDAR_JSON_DEPTH_MAX; depth += 1) {
    level = level.flatMap((node) => (typeof node === 'object' && node !== null ? Object.values(node) : []));
    if (level.length === 0) return true;
  }
  return false;
}
