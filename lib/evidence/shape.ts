/**
 * The subset of JSON Schema (2020-12) that receipts need. The same constants are published and interpreted here, so
 * the documents in docs/schemas can't drift from what the verifier does.
 */
export type Shape =
  | {
      readonly type: 'string';
      readonly description?: string;
      readonly const?: string;
      readonly enum?: readonly string[];
      readonly pattern?: string;
      readonly minLength?: number;
      readonly maxLength?: number;
    }
  | {
      readonly type: 'integer';
      readonly description?: string;
      readonly const?: number;
      readonly minimum?: number;
      readonly maximum?: number;
    }
  | { readonly type: 'boolean'; readonly const?: boolean }
  | {
      readonly type: 'array';
      readonly description?: string;
      readonly items: Shape;
      readonly minItems?: number;
      readonly maxItems?: number;
      readonly uniqueItems?: true;
    }
  | ObjectShape
  | { readonly anyOf: readonly Shape[] }
  /** Any JSON. */
  | { readonly description: string };

export interface ObjectShape {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, Shape>>;
  readonly required: readonly string[];
  readonly additionalProperties: false;
}

/** A closed object; `optional` may be absent, everything else is refused. */
export function closed(
  required: Readonly<Record<string, Shape>>,
  optional: Readonly<Record<string, Shape>> = {},
): ObjectShape {
  return {
    type: 'object',
    properties: { ...required, ...optional },
    required: Object.keys(required),
    additionalProperties: false,
  };
}

/** Undefined when `value` has the shape, else the first place where it has not and why. */
export function findMisfit(shape: Shape, value: unknown, path = ''): string | undefined {
  if ('anyOf' in shape) return anyMisfit(shape.anyOf, value, path);
  if (!('type' in shape)) return undefined;
  switch (shape.type) {
    case 'string':
      return stringMisfit(shape, value, path);
    case 'integer':
      return integerMisfit(shape, value, path);
    case 'boolean':
      if (typeof value !== 'boolean') return misfit(path, 'is not true or false');
      return shape.const === undefined || shape.const === value
        ? undefined
        : misfit(path, `is not ${shape.const}`);
    case 'array':
      return arrayMisfit(shape, value, path);
    case 'object':
      return objectMisfit(shape, value, path);
  }
}

type Of<Type extends string> = Extract<Shape, { readonly type: Type }>;

function stringMisfit(shape: Of<'string'>, value: unknown, path: string): string | undefined {
  if (typeof value !== 'string') return misfit(path, 'is not a string');
  if (shape.const !== undefined && shape.const !== value) return misfit(path, `is not '${shape.const}'`);
  if (shape.enum !== undefined && !shape.enum.includes(value))
    return misfit(path, 'is not one of the known values');
  // JSON Schema counts code points.
  const length =
    value.length > (shape.maxLength ?? Infinity) || shape.minLength ? [...value].length : value.length;
  if (length > (shape.maxLength ?? Infinity))
    return misfit(path, `has more than ${shape.maxLength} characters`);
  if (length < (shape.minLength ?? 0)) return misfit(path, 'is too short');
  if (shape.pattern !== undefined && !regExpOf(shape.pattern).test(value))
    return misfit(path, 'is not well formed');
  return undefined;
}

function integerMisfit(shape: Of<'integer'>, value: unknown, path: string): string | undefined {
  if (typeof value !== 'number' || !Number.isSafeInteger(value))
    return misfit(path, 'is not an integer below 2^53');
  if (shape.const !== undefined && shape.const !== value) return misfit(path, `is not ${shape.const}`);
  if (value < (shape.minimum ?? -Infinity) || value > (shape.maximum ?? Infinity))
    return misfit(path, 'is out of range');
  return undefined;
}

function arrayMisfit(shape: Of<'array'>, value: unknown, path: string): string | undefined {
  if (!Array.isArray(value)) return misfit(path, 'is not a list');
  if (value.length < (shape.minItems ?? 0)) return misfit(path, `has fewer than ${shape.minItems} entries`);
  if (value.length > (shape.maxItems ?? Infinity))
    return misfit(path, `has more than ${shape.maxItems} entries`);
  for (const [index, item] of value.entries()) {
    const found = findMisfit(shape.items, item, `${path}/${index}`);
    if (found !== undefined) return found;
  }
  // Unique lists hold strings only.
  if (shape.uniqueItems && new Set(value).size !== value.length) return misfit(path, 'has an entry twice');
  return undefined;
}

function objectMisfit(shape: ObjectShape, value: unknown, path: string): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return misfit(path, 'is not an object');
  for (const name of shape.required) if (!Object.hasOwn(value, name)) return misfit(path, `lacks '${name}'`);
  for (const [name, member] of Object.entries(value)) {
    const memberShape = Object.hasOwn(shape.properties, name) ? shape.properties[name] : undefined;
    if (memberShape === undefined) return misfit(path, `has the unknown member '${printable(name)}'`);
    const found = findMisfit(memberShape, member, `${path}/${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function anyMisfit(shapes: readonly Shape[], value: unknown, path: string): string | undefined {
  const found = shapes.map((shape) => findMisfit(shape, value, path));
  return found.includes(undefined) ? undefined : `${found.join('; or ')}`;
}

function misfit(path: string, reason: string): string {
  return `${path === '' ? 'the value' : path} ${reason}`;
}

/** Names in hostile input end up on terminals and pages. */
function printable(name: string): string {
  return name.slice(0, 64).replaceAll(/[^\x20-\x7e]/g, '\ufffd');
}

const patterns = new Map<string, RegExp>();

function regExpOf(pattern: string): RegExp {
  let compiled = patterns.get(pattern);
  if (compiled === undefined) {
    compiled = new RegExp(pattern, 'u');
    patterns.set(pattern, compiled);
  }
  return compiled;
}
