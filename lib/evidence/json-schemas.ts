import { bundleShape, trustShape } from './bundle-shapes.ts';
import { RECEIPT_KINDS } from './layout.ts';
import { receiptShape } from './receipt-shapes.ts';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
/** A part is worth a definition of its own when it is repeated and longer than a reference to it. */
const DEFINITION_CHARS_MIN = 90;

type Tree = { readonly [key: string]: unknown };

/** The published JSON Schemas by file name; docs/schemas holds exactly these. */
export function jsonSchemas(): Readonly<Record<string, object>> {
  return {
    'receipt-signed.schema.json': publish(
      "A receipt's payload as it is signed (of an attempt: as it stands in the log), version 1",
      { oneOf: RECEIPT_KINDS.map((kind) => receiptShape(kind, 'signed')) },
    ),
    'receipt-processed.schema.json': publish("A receipt's payload after RFC 9901 processing, version 1", {
      oneOf: RECEIPT_KINDS.map((kind) => receiptShape(kind, 'processed')),
    }),
    'bundle.schema.json': publish('countersign-bundle/v1', { ...bundleShape }),
    'trust.schema.json': publish('countersign-trust/v1', { ...trustShape }),
  };
}

function publish(title: string, schema: Tree): object {
  const uses = new Map<string, number>();
  countUses(schema, uses);
  const names = new Map<string, string>();
  const definitions: Record<string, unknown> = {};
  const body = replaceRepeated(schema, 'schema', { uses, names, definitions }, true);
  const $defs = Object.fromEntries(
    Object.entries(definitions).toSorted(([left], [right]) => (left < right ? -1 : 1)),
  );
  return { $schema: DIALECT, title, ...(body as Tree), ...(names.size > 0 ? { $defs } : {}) };
}

function countUses(node: unknown, uses: Map<string, number>): void {
  if (typeof node !== 'object' || node === null) return;
  if (isPart(node)) uses.set(JSON.stringify(node), (uses.get(JSON.stringify(node)) ?? 0) + 1);
  for (const child of Object.values(node)) countUses(child, uses);
}

interface Definitions {
  readonly uses: ReadonlyMap<string, number>;
  /** By the text of the part. */
  readonly names: Map<string, string>;
  readonly definitions: Record<string, unknown>;
}

/** Repeated parts become references, named after the member in which they were first met. */
function replaceRepeated(node: unknown, name: string, known: Definitions, isRoot = false): unknown {
  if (typeof node !== 'object' || node === null) return node;
  if (Array.isArray(node)) return node.map((child: unknown) => replaceRepeated(child, name, known));
  const text = JSON.stringify(node);
  const isRepeated =
    !isRoot && isPart(node) && text.length >= DEFINITION_CHARS_MIN && (known.uses.get(text) ?? 0) > 1;
  if (isRepeated && known.names.has(text)) return { $ref: `#/$defs/${known.names.get(text)}` };
  const entries = Object.entries(node);
  const nameOf = (key: string) => (KEYWORDS.includes(key) ? name : key);
  const copy = () =>
    Object.fromEntries(entries.map(([key, child]) => [key, replaceRepeated(child, nameOf(key), known)]));
  if (!isRepeated) return copy();
  const unique = uniqueName(name, known.definitions);
  known.names.set(text, unique);
  known.definitions[unique] = undefined;
  known.definitions[unique] = copy();
  return { $ref: `#/$defs/${unique}` };
}

const KEYWORDS: readonly string[] = ['properties', 'items', 'anyOf', 'oneOf'];

function isPart(node: object): boolean {
  return 'type' in node && typeof node.type === 'string';
}

function uniqueName(name: string, taken: Readonly<Record<string, unknown>>): string {
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? name : `${name}-${number}`;
    if (!Object.hasOwn(taken, candidate)) return candidate;
  }
}
