import { format } from '@cfworker/json-schema';
import type { Meter } from './prepare-schema.ts';

/** How a prepared schema names a pattern where the validator looks for a format. */
export const PATTERN_FORMAT = 'countersign-pattern:';

let active: Meter | undefined;

/**
 * Runs one validation with the patterns of its schema. The validator asks its table of formats, by name, for a
 * predicate over one string: the only place where it hands out the value. Names of ours are answered by the
 * prototype of that table, from the meter of the validation under way; validation is synchronous, so there is one.
 */
export function withPatterns<T>(meter: Meter, validate: () => T): T {
  const outer = active;
  active = meter;
  try {
    return validate();
  } finally {
    active = outer;
  }
}

function predicateFor(name: string): ((text: string) => boolean) | undefined {
  if (!name.startsWith(PATTERN_FORMAT) || active === undefined) return undefined;
  const { patterns, charge } = active;
  const pattern = patterns.get(name.slice(PATTERN_FORMAT.length));
  return pattern === undefined ? () => false : (text) => pattern.matches(text, (units) => charge(units));
}

Object.setPrototypeOf(
  format,
  new Proxy(Object.create(null) as object, {
    get: (_, name) => (typeof name === 'string' ? predicateFor(name) : undefined),
  }),
);
