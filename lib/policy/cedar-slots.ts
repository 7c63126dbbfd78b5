import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import type { EntityJson, Response, StatefulAuthorizationCall } from '@cedar-policy/cedar-wasm/nodejs';
import { LRUCache } from 'lru-cache';
import { randomUUID } from 'node:crypto';
import { CEDAR_SLOTS_MAX } from './constants.ts';
import type { ParsedPolicy } from './parse-policies.ts';

/** Some policies of one set, to be decided on together. The object is the key of its preparsed form. */
export interface Slice {
  readonly policies: readonly ParsedPolicy[];
}

export type CedarQuestion = Omit<StatefulAuthorizationCall, 'preparsedPolicySetId'> & {
  entities: EntityJson[];
};

/** Cedar over preparsed slices. */
export interface CedarSlots {
  /** @throws {Error} when Cedar can't take the question (a defect: the mapping makes only what it takes). */
  decide(slice: Slice, question: CedarQuestion): Response;
}

/**
 * Cedar keeps preparsed sets by name and never forgets one. So names are slots: a bounded number of them, each
 * parsed anew when its slice was used least and another one needs the place.
 */
export function createCedarSlots(): CedarSlots {
  const prefix = randomUUID();
  const free: string[] = [];
  let made = 0;
  const slots = new LRUCache<Slice, string>({
    max: CEDAR_SLOTS_MAX,
    dispose: (slot) => free.push(slot),
  });
  function slotOf(slice: Slice): string {
    const known = slots.get(slice);
    if (known !== undefined) return known;
    if (slots.size === CEDAR_SLOTS_MAX) slots.pop();
    const slot = free.pop() ?? `${prefix}/${(made += 1)}`;
    const staticPolicies = Object.fromEntries(slice.policies.map(({ id, text }) => [id, text]));
    const answer = cedar.preparsePolicySet(slot, { staticPolicies });
    if (answer.type === 'failure')
      throw new Error(`Cedar refused a stored policy: ${answer.errors[0]?.message ?? ''}`);
    slots.set(slice, slot);
    return slot;
  }
  return {
    decide(slice, question) {
      const answer = cedar.statefulIsAuthorized({ ...question, preparsedPolicySetId: slotOf(slice) });
      if (answer.type === 'failure') throw new Error('Cedar refused a request');
      return answer.response;
    },
  };
}
