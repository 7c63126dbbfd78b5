import { CanonicalJsonError, type JsonObject } from '#lib/core';
import { NO_HASH } from './constants.ts';
import { hashDefinition } from './hash-definition.ts';
import { nameOf } from './read-listed.ts';
import type { DefinitionKind, Drift, PinnedServer } from './types.ts';

/** What a live list shows of the pinned things of one kind that is not as pinned. */
export function compareDefinitions(
  server: PinnedServer,
  kind: DefinitionKind,
  listed: readonly JsonObject[],
): readonly Drift[] {
  const pins = {
    tool: server.tools,
    prompt: server.prompts,
    resource: server.resources,
    template: server.templates,
  };
  return listed.flatMap((definition) => {
    const name = nameOf(kind, definition);
    const pinned = name === undefined ? undefined : pins[kind].get(name);
    if (name === undefined || pinned === undefined) return [];
    const liveSha256 = hashOf(definition);
    return liveSha256 === pinned.definitionSha256 ? [] : [{ kind, name, liveSha256 }];
  });
}

function hashOf(definition: JsonObject): string {
  try {
    return hashDefinition(definition).sha256;
  } catch (error) {
    if (error instanceof CanonicalJsonError) return NO_HASH;
    throw error;
  }
}
