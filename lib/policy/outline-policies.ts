import { scopeText } from './cedar-text.ts';
import { parsePolicies } from './parse-policies.ts';
import type { PolicyTexts } from './types.ts';

/** A policy at a glance. */
export interface PolicyOutline {
  readonly id: string;
  readonly text: string;
  /** Absent: the text can't be read. */
  readonly effect?: 'permit' | 'forbid';
  readonly reason?: string;
  /** What its scope names, as Cedar text; a part that is about anything is empty. */
  readonly about?: { readonly principal: string; readonly action: string; readonly resource: string };
  /** Whether it has conditions beyond its scope. */
  readonly conditional?: boolean;
}

/** What each policy is about, in the order of their ids. */
export function outlinePolicies(policies: PolicyTexts): readonly PolicyOutline[] {
  const parsed = new Map(parsePolicies(policies).parsed.map((policy) => [policy.id, policy]));
  return Object.keys(policies)
    .toSorted()
    .map((id) => {
      const policy = parsed.get(id);
      const text = policies[id] ?? '';
      if (policy === undefined) return { id, text };
      const { json, reason } = policy;
      return {
        id,
        text,
        effect: json.effect,
        ...(reason === undefined ? {} : { reason }),
        about: {
          principal: scopeText(json, 'principal'),
          action: scopeText(json, 'action'),
          resource: scopeText(json, 'resource'),
        },
        conditional: json.conditions.length > 0,
      };
    });
}
