import { TEMPLATE_VARIABLES_MAX } from './constants.ts';

/**
 * Whether a URI was made from a URI template (RFC 6570), for templates of level 1 with `{name}` and level 2 with
 * `{+name}`. A variable stands for at least one character; without `+` for none of the reserved ones. Other forms
 * match nothing: a policy on such a template then applies to no reading, and the server's own policies decide.
 * So does a template with more variables than anybody means: a server's text must not cost the process its time.
 * Works from left to right without backtracking over more than the text: a template is cut at its variables.
 */
export function matchesTemplate(template: string, uri: string): boolean {
  const parts = template.split(/\{([^{}]*)\}/);
  if (parts.some((part, index) => (index % 2 === 1 ? !/^\+?[A-Za-z0-9_.%]+$/.test(part) : /[{}]/.test(part))))
    return false;
  const [first = ''] = parts;
  if (parts.length > 2 * TEMPLATE_VARIABLES_MAX + 1) return false;
  if (!uri.startsWith(first) || !uri.endsWith(parts.at(-1) ?? '')) return false;
  // Positions reachable after the parts seen so far: at most as many as the text is long.
  let reachable = new Set([first.length]);
  for (let index = 1; index < parts.length; index += 2) {
    reachable = advance(reachable, uri, parts[index]?.startsWith('+') === true, parts[index + 1] ?? '');
    if (reachable.size === 0) return false;
  }
  return reachable.has(uri.length);
}

const RESERVED = /[:/?#[\]@!$&'()*+,;=]/;

function advance(from: ReadonlySet<number>, uri: string, reserved: boolean, literal: string): Set<number> {
  const next = new Set<number>();
  const inside = new Set<number>();
  for (let at = 0; at < uri.length; at += 1) {
    const continues = from.has(at) || inside.has(at);
    if (!continues || (!reserved && RESERVED.test(uri[at] ?? ''))) continue;
    inside.add(at + 1);
    if (uri.startsWith(literal, at + 1)) next.add(at + 1 + literal.length);
  }
  return next;
}
