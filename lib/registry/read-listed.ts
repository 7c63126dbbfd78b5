import { hash } from 'node:crypto';
import { canonicalJson, CanonicalJsonError, isJsonObject, utf8, type Json, type JsonObject } from '#lib/core';
import { DEFINITION_BYTES_MAX, DEFINITIONS_MAX, NAME_CHARS_MAX, URI_CHARS_MAX } from './constants.ts';
import { hashDefinition } from './hash-definition.ts';
import { readMirroredParams } from './mirrored-params.ts';
import type {
  DefinitionKind,
  ListedDefinitions,
  PinnedDefinition,
  ReadListing,
  SkippedDefinition,
} from './types.ts';

export interface ReadListed {
  readonly definitions: readonly PinnedDefinition[];
  readonly skipped: readonly SkippedDefinition[];
}

/** Under which member each kind carries its name. */
const NAME_MEMBER: Readonly<Record<DefinitionKind, string>> = {
  tool: 'name',
  prompt: 'name',
  resource: 'uri',
  template: 'uriTemplate',
};

/**
 * Takes what an upstream listed apart into what can be pinned. A definition without a usable name, without an input
 * schema, beyond the limits, or one of two with the same name, is skipped with a reason: what is not pinned can't
 * be used, and the rest of the server can.
 */
export function readListed(listed: ListedDefinitions): ReadListed {
  const parts = [
    readKind('tool', listed.tools),
    readKind('prompt', listed.prompts),
    readKind('resource', listed.resources),
    readKind('template', listed.templates),
  ];
  return {
    definitions: parts.flatMap(({ definitions }) => definitions),
    skipped: parts.flatMap(({ skipped }) => skipped),
  };
}

/** The same with the hash that stands for everything that can be pinned of it. */
export function readListing(listed: ListedDefinitions): ReadListing {
  const read = readListed(listed);
  const lines = read.definitions.map(({ kind, name, definitionSha256 }) =>
    canonicalJson([kind, name, definitionSha256]),
  );
  const text = lines.toSorted().join('\n');
  return { ...read, listingSha256: hash('sha256', text, 'hex') };
}

function readKind(kind: DefinitionKind, listed: readonly JsonObject[]): ReadListed {
  const definitions: PinnedDefinition[] = [];
  const skipped: SkippedDefinition[] = [];
  const counts = new Map<string, number>();
  for (const definition of listed) {
    const name = nameOf(kind, definition);
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  listed.forEach((definition, index) => {
    const name = nameOf(kind, definition);
    const message =
      problemOf(kind, definition, name, counts) ?? (index >= DEFINITIONS_MAX ? BEYOND : undefined);
    if (message === undefined && name !== undefined) {
      const pinned = pin(kind, name, definition);
      if (typeof pinned !== 'string') definitions.push(pinned);
      else skipped.push({ kind, index, name, message: pinned });
    } else skipped.push({ kind, index, ...(name === undefined ? {} : { name }), message: message ?? '' });
  });
  return { definitions, skipped };
}

const BEYOND = `comes after the first ${DEFINITIONS_MAX} of its kind`;

/** The name that a definition goes by. */
export function nameOf(kind: DefinitionKind, definition: JsonObject): string | undefined {
  const name = definition[NAME_MEMBER[kind]];
  return typeof name === 'string' ? name : undefined;
}

function problemOf(
  kind: DefinitionKind,
  definition: JsonObject,
  name: string | undefined,
  counts: ReadonlyMap<string, number>,
): string | undefined {
  if (name === undefined || name === '') return `has no ${NAME_MEMBER[kind]}`;
  const max = kind === 'tool' || kind === 'prompt' ? NAME_CHARS_MAX : URI_CHARS_MAX;
  if (name.length > max) return `has a ${NAME_MEMBER[kind]} longer than ${max} characters`;
  // oxlint-disable-next-line no-control-regex
  if (!name.isWellFormed() || /[\u0000-\u001f\u007f]/.test(name))
    return `has a ${NAME_MEMBER[kind]} with control characters`;
  if ((counts.get(name) ?? 0) > 1) return `is listed more than once: which one is meant can't be known`;
  return kind === 'tool' ? problemOfSchema(definition['inputSchema']) : undefined;
}

function problemOfSchema(inputSchema: Json | undefined): string | undefined {
  if (!isJsonObject(inputSchema)) return 'has no inputSchema';
  const mirrored = readMirroredParams(inputSchema);
  return mirrored.ok ? undefined : mirrored.error;
}

function pin(kind: DefinitionKind, name: string, definition: JsonObject): PinnedDefinition | string {
  try {
    const { text, sha256 } = hashDefinition(definition);
    if (utf8(text).length > DEFINITION_BYTES_MAX) return `is larger than ${DEFINITION_BYTES_MAX} bytes`;
    return { kind, name, definitionSha256: sha256, definition, text };
  } catch (error) {
    if (error instanceof CanonicalJsonError) return `can't be written as canonical JSON: ${error.message}`;
    throw error;
  }
}
