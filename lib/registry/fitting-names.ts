import { NAMES_IN_RECEIPT_CHARS_MAX } from './constants.ts';

/** The first names that fit; the counts beside them tell the rest. */
export function fitting(names: readonly string[]): readonly string[] {
  let left = NAMES_IN_RECEIPT_CHARS_MAX;
  return names.filter((name) => {
    left -= name.length;
    return left >= 0;
  });
}
