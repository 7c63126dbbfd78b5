import type { CedarRecord, CedarValue } from './map-arguments.ts';

/** Cedar's `==`: values of different types are never equal, sets have neither order nor repetition. */
export function compareValues(left: CedarValue, right: CedarValue): boolean {
  if (typeof left !== 'object' || typeof right !== 'object') return left === right;
  if (Array.isArray(left) || Array.isArray(right)) {
    return (
      Array.isArray(left) && Array.isArray(right) && compareSets(left as CedarValue[], right as CedarValue[])
    );
  }
  return compareRecords(left as CedarRecord, right as CedarRecord);
}

export function containsValue(set: readonly CedarValue[], value: CedarValue): boolean {
  if (typeof value !== 'object') return set.includes(value);
  return set.some((element) => compareValues(element, value));
}

function compareSets(left: readonly CedarValue[], right: readonly CedarValue[]): boolean {
  return (
    left.every((value) => containsValue(right, value)) && right.every((value) => containsValue(left, value))
  );
}

function compareRecords(left: CedarRecord, right: CedarRecord): boolean {
  const names = Object.keys(left);
  if (names.length !== Object.keys(right).length) return false;
  return names.every((name) => {
    const [one, other] = [left[name], right[name]];
    return one !== undefined && other !== undefined && compareValues(one, other);
  });
}

/** Cedar's `like`: the literals in this order, anything in between. The first stands at the start, the last at the end. */
export function matchesLike(text: string, literals: readonly string[]): boolean {
  const [first = ''] = literals;
  if (literals.length === 1) return text === first;
  const last = literals[literals.length - 1] ?? '';
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
    return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const literal of literals.slice(1, -1)) {
    const found = text.indexOf(literal, at);
    if (found === -1 || found + literal.length > end) return false;
    at = found + literal.length;
  }
  return at <= end;
}
