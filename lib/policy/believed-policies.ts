import { hashPolicies } from './hash-policies.ts';
import { outlinePolicies } from './outline-policies.ts';
import type { StoredSet } from './store.ts';
import type { ActivePolicies, PolicyTexts } from './types.ts';

/**
 * What another set may be made from. Of one that was not put in force here nothing that permits is taken over, for nobody who may
 * has permitted it; what forbids is, for it may be all that an admin had against something.
 */
export function believedOf(set: StoredSet | undefined): ActivePolicies {
  if (set === undefined) return { sha256: hashPolicies({}), isSaved: true, texts: {}, leftOut: [] };
  const { sha256, isSaved, policies } = set;
  if (isSaved) return { sha256, isSaved, texts: policies, leftOut: [] };
  const texts: PolicyTexts = Object.fromEntries(
    outlinePolicies(policies).flatMap(({ id, text, effect }) => (effect === 'forbid' ? [[id, text]] : [])),
  );
  const leftOut = Object.keys(policies).filter((id) => !Object.hasOwn(texts, id));
  return { sha256, isSaved, texts, leftOut };
}
