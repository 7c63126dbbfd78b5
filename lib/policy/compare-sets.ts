import { diffLines } from 'diff';
import { DIFFERENCE_EDITS_MAX, DIFFERENCE_WORK_MAX, IDS_CHARS_MAX } from './constants.ts';
import type { PolicyTexts } from './types.ts';
import type { DifferenceLine, PolicyChange, PolicyDifference } from './version-types.ts';

/** What differs between two sets, policy by policy in the order of their ids, line by line. */
export function compareSets(before: PolicyTexts, after: PolicyTexts): readonly PolicyDifference[] {
  const budget = { work: DIFFERENCE_WORK_MAX };
  return idsOf(before, after).flatMap((policyId): readonly PolicyDifference[] => {
    const [old, now] = [textOf(before, policyId), textOf(after, policyId)];
    if (old === now) return [];
    const change = old === undefined ? 'added' : now === undefined ? 'removed' : 'changed';
    return [{ policyId, change, lines: compareTexts(old ?? '', now ?? '', budget) }];
  });
}

/** The same in ids and counts, as receipts and lists hold it. */
export function summarizeChange(before: PolicyTexts, after: PolicyTexts): PolicyChange {
  const ids = idsOf(before, after);
  const [added, changed, removed] = [
    ids.filter((id) => textOf(before, id) === undefined),
    ids.filter((id) => {
      const [old, now] = [textOf(before, id), textOf(after, id)];
      return old !== undefined && now !== undefined && old !== now;
    }),
    ids.filter((id) => textOf(after, id) === undefined),
  ];
  return {
    policies: Object.keys(after).length,
    added: shorten(added),
    changed: shorten(changed),
    removed: shorten(removed),
    counts: { added: added.length, changed: changed.length, removed: removed.length },
  };
}

function idsOf(before: PolicyTexts, after: PolicyTexts): readonly string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
}

/** Ids are names of the tenant's own choice; none of them means something to JavaScript. */
function textOf(policies: PolicyTexts, id: string): string | undefined {
  return Object.hasOwn(policies, id) ? policies[id] : undefined;
}

function shorten(ids: readonly string[]): readonly string[] {
  let left = IDS_CHARS_MAX;
  return ids.filter((id) => (left -= id.length) >= 0);
}

function compareTexts(before: string, after: string, budget: { work: number }): readonly DifferenceLine[] {
  // Long texts with little in common are told as gone and come: finding the least difference takes its square.
  const maxEditLength = Math.min(DIFFERENCE_EDITS_MAX, Math.floor(Math.sqrt(Math.max(0, budget.work))));
  const least = diffLines(before, after, { maxEditLength });
  const edits = least?.reduce((sum, { added, removed, count }) => sum + (added || removed ? count : 0), 0);
  budget.work -= (edits ?? maxEditLength) ** 2;
  const parts = least ?? [
    { value: before, added: false, removed: true },
    { value: after, added: true, removed: false },
  ];
  return parts.flatMap(({ value, added, removed }) =>
    linesOf(value).map((text): DifferenceLine => ({
      kind: added ? 'added' : removed ? 'removed' : 'same',
      text,
    })),
  );
}

function linesOf(text: string): readonly string[] {
  if (text === '') return [];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}
