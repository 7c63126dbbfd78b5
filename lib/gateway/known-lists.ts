import { LRUCache } from 'lru-cache';
import { CanonicalJsonError, isJsonObject, type Json, type JsonObject } from '#lib/core';
import { hashDefinition, type DefinitionKind, type PinnedDefinition, type PinnedServer } from '#lib/registry';
import { KNOWN_LISTS_BYTES_MAX } from './constants.ts';
import { sha256Hex } from './digest-text.ts';
import { pinsOf } from './visible-offer.ts';

/** One thing of a list that is shown as it is pinned. */
export interface ListedThing {
  readonly pinned: PinnedDefinition;
  /** JSON of its definition, as the upstream showed it. */
  readonly text: string;
}

/** An upstream's answer to a listing, compared with what is pinned. */
export interface KnownList {
  readonly server: PinnedServer;
  /** The result without what it lists. */
  readonly rest: JsonObject;
  readonly things: readonly ListedThing[];
}

export interface ListSource {
  readonly server: PinnedServer;
  readonly kind: DefinitionKind;
  /** Members of the result that hold the definitions, and of a definition that names it. */
  readonly member: string;
  readonly name: string;
}

/**
 * Lists that were read before. Servers show the same to nearly everybody, time and again: the same bytes, compared with the
 * same pins, come to the same, and only what a principal may see of them is asked each time.
 */
export class KnownLists {
  #lists = new LRUCache<string, { readonly list: KnownList }>({ maxSize: KNOWN_LISTS_BYTES_MAX });

  /** Undefined where it has to be read: `bytes` or the pins are new. */
  find(source: ListSource, bytes: Uint8Array): KnownList | undefined {
    const found = this.#lists.get(keyOf(source, bytes))?.list;
    // A pin that changes makes another object of the server.
    return found?.server === source.server ? found : undefined;
  }

  /** Compares a result with the pins, and keeps what came of it. */
  read(source: ListSource, bytes: Uint8Array, result: JsonObject, listed: readonly Json[]): KnownList {
    const { [source.member]: _, ...rest } = result;
    const pins = pinsOf(source.server, source.kind);
    const things = listed.flatMap((definition) => thingOf(pins, source.name, definition) ?? []);
    const list = { server: source.server, rest, things };
    this.#lists.set(keyOf(source, bytes), { list }, { size: bytes.length + 1 });
    return list;
  }

  /** It has to be read again, though its bytes are the same. */
  forget(source: ListSource, bytes: Uint8Array): void {
    this.#lists.delete(keyOf(source, bytes));
  }
}

/** Undefined for what is not pinned, or was changed since. */
function thingOf(
  pins: ReadonlyMap<string, PinnedDefinition>,
  nameMember: string,
  definition: Json,
): ListedThing | undefined {
  const name = isJsonObject(definition) ? definition[nameMember] : undefined;
  const pinned = typeof name === 'string' ? pins.get(name) : undefined;
  if (pinned === undefined || !isJsonObject(definition)) return undefined;
  return isAsPinned(definition, pinned) ? { pinned, text: JSON.stringify(definition) } : undefined;
}

/** What has no RFC 8785 text (a lone surrogate, too deep a nesting) is not what was pinned. */
function isAsPinned(definition: JsonObject, { definitionSha256 }: PinnedDefinition): boolean {
  try {
    return hashDefinition(definition).sha256 === definitionSha256;
  } catch (error) {
    if (error instanceof CanonicalJsonError) return false;
    throw error;
  }
}

/** The address stands for tenant and server: two tenants never share an object of a server, whatever the key. */
function keyOf({ server, kind }: ListSource, bytes: Uint8Array): string {
  return `${server.id} ${server.urlSha256} ${kind} ${sha256Hex(bytes)}`;
}
