import type { Json } from '#lib/core';
import {
  DECISION_LIST_ITEMS_MAX,
  DECISION_TEXT_CHARS_MAX,
  DETAILS_CHARS_MAX,
  GROUP_ITEMS_MAX,
  IDENTIFIER_CHARS_MAX,
  PROMPT_NAME_CHARS_MAX,
  URI_CHARS_MAX,
} from '#lib/evidence';
import type { ClaimName } from './disclose.ts';

interface Limits {
  readonly charsMax: number;
  readonly itemsMax?: number;
}

const IDENTIFIER: Limits = { charsMax: IDENTIFIER_CHARS_MAX };
const DECISION: Limits = { charsMax: DECISION_TEXT_CHARS_MAX, itemsMax: DECISION_LIST_ITEMS_MAX };
const LIMITS: Readonly<Partial<Record<ClaimName, Limits>>> = {
  uri: { charsMax: URI_CHARS_MAX },
  prompt: { charsMax: PROMPT_NAME_CHARS_MAX },
  details: { charsMax: DETAILS_CHARS_MAX },
  groups: { ...IDENTIFIER, itemsMax: GROUP_ITEMS_MAX },
  elicitations: { ...IDENTIFIER, itemsMax: DECISION_LIST_ITEMS_MAX },
  policies: DECISION,
  reasons: DECISION,
  obligations: DECISION,
  shadow: DECISION,
};

/** Why a verifier would not accept this value, in words; undefined when it fits the published schema's limits. */
export function findClaimMisfit(name: ClaimName, value: Json): string | undefined {
  const { charsMax, itemsMax } = LIMITS[name] ?? IDENTIFIER;
  if (typeof value === 'string') return textMisfit(name, value, charsMax);
  if (!Array.isArray(value)) return undefined;
  if (value.length > (itemsMax ?? 0)) return `${name} has more than ${itemsMax ?? 0} entries`;
  for (const item of value as readonly string[]) {
    const misfit = textMisfit(name, item, charsMax);
    if (misfit !== undefined) return misfit;
  }
  return undefined;
}

function textMisfit(name: ClaimName, text: string, charsMax: number): string | undefined {
  if (text === '') return `${name} is empty`;
  // Code points are what the schema counts; there are never more of them than UTF-16 units.
  if (text.length > charsMax && [...text].length > charsMax)
    return `${name} is longer than ${charsMax} characters`;
  return undefined;
}
