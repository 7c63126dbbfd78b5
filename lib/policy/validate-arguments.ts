import { err, ok, type JsonObject, type Result } from '#lib/core';
import { validate } from '@cfworker/json-schema';
import { checkArguments, type ArgumentSize } from './check-arguments.ts';
import { ARGUMENT_PROBLEMS_MAX, KEY_PATTERN_TEXT_MAX, VALIDATION_WORK_MAX } from './constants.ts';
import { withPatterns } from './pattern-format.ts';
import { prepareSchema, type PreparedSchema } from './prepare-schema.ts';
import type { ArgumentProblem, PolicyTool } from './types.ts';

class WorkExceeded extends Error {}

const prepared = new WeakMap<JsonObject, Result<PreparedSchema, string>>();

/** A pinned schema is immutable, so its prepared form lives exactly as long as it does. */
export function preparedSchema(inputSchema: JsonObject): Result<PreparedSchema, string> {
  const known = prepared.get(inputSchema);
  if (known !== undefined) return known;
  const made = prepareSchema(inputSchema);
  prepared.set(inputSchema, made);
  return made;
}

/**
 * Checks arguments against the pinned input schema, in bounded time: size and depth first, then the schema, under
 * a budget of work. The problems name a place and a reason, never a value.
 */
export function validateArguments(
  tool: Pick<PolicyTool, 'inputSchema'>,
  args: JsonObject,
): Result<void, readonly ArgumentProblem[]> {
  const size = checkArguments(args);
  if ('message' in size) return err([size]);
  const schema = preparedSchema(tool.inputSchema);
  if (!schema.ok)
    return err([{ path: '', message: `can't be checked: the tool's input schema ${schema.error}` }]);
  return runValidator(schema.value, args, size);
}

function runValidator(
  { schema, lookup, draft, meter, hasKeyPatterns }: PreparedSchema,
  args: JsonObject,
  size: ArgumentSize,
): Result<void, readonly ArgumentProblem[]> {
  if (hasKeyPatterns && !keysAreShort(args)) {
    return err([{ path: '', message: `has a property name longer than ${KEY_PATTERN_TEXT_MAX}` }]);
  }
  let work = VALIDATION_WORK_MAX;
  meter.widest = size.widest;
  meter.charge = (units) => {
    work -= units;
    if (work < 0) throw new WorkExceeded();
  };
  try {
    const answer = withPatterns(meter, () => validate(args, schema, draft, lookup, true));
    return answer.valid ? ok(undefined) : err(problemsOf(answer.errors));
  } catch (error) {
    // RangeError: errors or recursion beyond the stack. Whatever can't be checked does not fit.
    if (error instanceof WorkExceeded || error instanceof RangeError) {
      return err([
        { path: '', message: "can't be checked against the tool's input schema with bounded work" },
      ]);
    }
    throw error;
  }
}

/** Summaries of a parent ("a subschema had errors") say nothing that its children don't. */
const SUMMARIES: ReadonlySet<string> = new Set([
  'properties',
  'items',
  '$ref',
  'allOf',
  'patternProperties',
  'prefixItems',
]);

type Output = { readonly instanceLocation: string; readonly keyword: string; readonly error: string };

function problemsOf(errors: readonly Output[]): readonly ArgumentProblem[] {
  const details = errors.filter(({ keyword }) => !SUMMARIES.has(keyword) && keyword !== 'false');
  const told = (details.length > 0 ? details : errors).slice(0, ARGUMENT_PROBLEMS_MAX);
  return told.map(({ instanceLocation, keyword, error }) => ({
    path: instanceLocation.replace(/^#/, ''),
    message: keyword === 'format' ? 'does not match the pattern of the schema' : withoutValue(error),
  }));
}

/** The validator starts its words about numbers with the number itself. */
function withoutValue(message: string): string {
  return message.replace(/^-?\d\S* is /, 'is ');
}

function keysAreShort(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(keysAreShort);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(
    ([key, member]) => key.length <= KEY_PATTERN_TEXT_MAX && keysAreShort(member),
  );
}
