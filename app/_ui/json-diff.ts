import { diffArrays } from 'diff';

export interface DiffLine {
  readonly kind: 'same' | 'removed' | 'added';
  readonly text: string;
}

/** Beyond this many changed lines all is shown as replaced: a page must not wait for an upstream's megabyte. */
const EDITS_MAX = 500;

/** Two JSON values line by line, their members in one order, so that only what they say differs. */
export function diffJson(before: unknown, after: unknown): readonly DiffLine[] {
  const [left, right] = [linesOf(before), linesOf(after)];
  const changes = diffArrays([...left], [...right], { maxEditLength: EDITS_MAX });
  if (changes === undefined) return [...left.map(line('removed')), ...right.map(line('added'))];
  return changes.flatMap(({ value, added, removed }) =>
    value.map(line(added ? 'added' : removed ? 'removed' : 'same')),
  );
}

export function linesOf(value: unknown): readonly string[] {
  return JSON.stringify(sortMembers(value), null, 2).split('\n');
}

function sortMembers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortMembers);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sortMembers(member)]));
}

const line = (kind: DiffLine['kind']) => (text: string) => ({ kind, text });
