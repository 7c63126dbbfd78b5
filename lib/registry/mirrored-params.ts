import { err, isJsonObject, ok, type Json, type JsonObject, type Result } from '#lib/core';

/** An argument that a client repeats in a header of its request (MCP 2026-07-28, `x-mcp-header`). */
export interface MirroredParam {
  /** What follows `Mcp-Param-`. */
  readonly header: string;
  /** Where the value stands in the arguments. */
  readonly path: readonly string[];
}

const ANNOTATION = 'x-mcp-header';
/** RFC 9110 §5.6.2, token. */
const TOKEN = /^[!#$%&'*+.^_`|~\w-]{1,128}$/;
const MIRRORED_TYPES: readonly Json[] = ['string', 'integer', 'boolean'];

/** Keywords that hold schemas: one, a list of them, or one for each name. Behind them nothing is always there. */
const CONDITIONAL: ReadonlySet<string> = new Set(
  'items prefixItems contains additionalProperties unevaluatedItems unevaluatedProperties propertyNames contentSchema oneOf anyOf allOf not if then else'.split(
    ' ',
  ),
);
const CONDITIONAL_BY_NAME: ReadonlySet<string> = new Set(
  'patternProperties dependentSchemas $defs definitions'.split(' '),
);

/**
 * The annotations of a tool's input schema, or why one is invalid: a client of that revision must not offer such a tool,
 * for a header that could be set in two ways lets two readers of one call differ.
 */
export function readMirroredParams(inputSchema: JsonObject): Result<readonly MirroredParam[], string> {
  const found: MirroredParam[] = [];
  const problem = visit(inputSchema, [], found);
  if (problem !== undefined) return err(problem);
  const names = found.map(({ header }) => header.toLowerCase());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return twice === undefined ? ok(found) : err(`names the header ${twice} twice`);
}

/** Follows `properties` alone; an annotation anywhere else is a problem. */
function visit(schema: Json, path: readonly string[], found: MirroredParam[]): string | undefined {
  if (!isJsonObject(schema)) return undefined;
  const annotated = readAnnotation(schema, path, found);
  if (annotated !== undefined) return annotated;
  for (const [keyword, inner] of Object.entries(schema)) {
    const problem =
      keyword === 'properties' && isJsonObject(inner)
        ? firstOf(Object.entries(inner), ([name, property]) => visit(property, [...path, name], found))
        : firstOf(schemasBehind(keyword, inner), (one) => (isAnnotated(one) ? misplaced(path) : undefined));
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function readAnnotation(
  schema: JsonObject,
  path: readonly string[],
  found: MirroredParam[],
): string | undefined {
  const header = schema[ANNOTATION];
  if (header === undefined) return undefined;
  if (path.length === 0) return misplaced(path);
  const type = schema['type'];
  if (typeof header !== 'string' || !TOKEN.test(header)) {
    return `has an ${ANNOTATION} at ${path.join('.')} that is no name of a header`;
  }
  if (type === undefined || !MIRRORED_TYPES.includes(type)) {
    return `has an ${ANNOTATION} at ${path.join('.')}, which is not declared as string, integer or boolean`;
  }
  found.push({ header, path });
  return undefined;
}

function misplaced(path: readonly string[]): string {
  const place = path.length === 0 ? 'the schema itself' : path.join('.');
  return `has an ${ANNOTATION} at or below ${place} that is not on a property always found in one place`;
}

function schemasBehind(keyword: string, inner: Json): readonly Json[] {
  if (CONDITIONAL_BY_NAME.has(keyword)) return isJsonObject(inner) ? Object.values(inner) : [];
  if (!CONDITIONAL.has(keyword)) return [];
  return Array.isArray(inner) ? (inner as readonly Json[]) : [inner];
}

/** There is an annotation in the schema, wherever. */
function isAnnotated(schema: Json): boolean {
  if (!isJsonObject(schema)) return false;
  if (schema[ANNOTATION] !== undefined) return true;
  return Object.entries(schema).some(([keyword, inner]) => {
    const properties = keyword === 'properties' && isJsonObject(inner) ? Object.values(inner) : [];
    return [...properties, ...schemasBehind(keyword, inner)].some(isAnnotated);
  });
}

function firstOf<Item>(items: readonly Item[], problemOf: (item: Item) => string | undefined) {
  for (const item of items) {
    const problem = problemOf(item);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
