import { hash } from 'node:crypto';
import { isJsonObject, type Json, type JsonObject, type ServerId } from '#lib/core';
import { NO_HASH } from './constants.ts';
import { parseSettings, readSettings } from './server-settings.ts';
import type { DefinitionKind, PinnedDefinition, PinnedServer, PinnedTool, ServerState } from './types.ts';

export interface ServerRow {
  readonly id: string;
  readonly url: string;
  readonly title: string;
  readonly settings: unknown;
  readonly state: string;
  readonly version: number;
}

export interface DefinitionRow {
  readonly serverId: string;
  readonly kind: string;
  readonly name: string;
  readonly sha256: string;
  readonly text: string;
  readonly drift: string | null;
  readonly pinnedAt: Date;
}

/** A server as the rest of the house sees it: one frozen object per version. */
export function buildServer(
  row: ServerRow,
  definitions: readonly DefinitionRow[],
  arePinsSaved: boolean,
): PinnedServer {
  const settings = parseSettings(row.settings);
  const isPinned = row.state !== 'unpinned' || definitions.length > 0;
  const times = definitions.map(({ pinnedAt }) => pinnedAt.getTime());
  return Object.freeze({
    id: row.id as ServerId,
    title: row.title,
    url: row.url,
    urlSha256: hash('sha256', row.url, 'hex'),
    credential: settings.credential,
    emailAllowed: settings.emailAllowed,
    allowMethods: new Set(settings.allowMethods),
    waivers: new Set(settings.waivers),
    timeoutMs: settings.timeoutMs,
    state: arePinsSaved ? (row.state as ServerState) : 'unpinned',
    version: row.version,
    ...(isPinned && !arePinsSaved ? { pinsAltered: true as const } : {}),
    ...(times.length === 0 ? {} : { pinnedAt: Math.max(...times) }),
    ...byKind((arePinsSaved ? definitions : definitions.map(denied)).map(buildDefinition)),
  });
}

/**
 * A server whose row is not as it was saved. Nothing of the row is believed: it leads nowhere, with no credential, and each use
 * is denied. Names stay known, so that policies that were saved with them can be saved again meanwhile.
 */
export function buildAltered(row: ServerRow, definitions: readonly DefinitionRow[]): PinnedServer {
  const settings = readSettings(row.settings);
  return Object.freeze({
    id: row.id as ServerId,
    title: row.id,
    url: '',
    urlSha256: hash('sha256', '', 'hex'),
    credential: {},
    emailAllowed: false,
    allowMethods: new Set(settings?.allowMethods),
    waivers: new Set<string>(),
    timeoutMs: settings?.timeoutMs ?? 0,
    state: 'altered',
    version: row.version,
    ...byKind(definitions.map(denied).map(buildDefinition)),
  });
}

/** Known by its name, and used by nobody. */
function denied(row: DefinitionRow): DefinitionRow {
  return { ...row, drift: NO_HASH };
}

function byKind(pinned: readonly PinnedDefinition[]) {
  const ofKind = (kind: DefinitionKind) =>
    new Map(pinned.filter((definition) => definition.kind === kind).map((one) => [one.name, one]));
  return {
    tools: ofKind('tool') as ReadonlyMap<string, PinnedDefinition> as ReadonlyMap<string, PinnedTool>,
    prompts: ofKind('prompt'),
    resources: ofKind('resource'),
    templates: ofKind('template'),
  };
}

/** A text that is not what its hash says was changed in the database: nobody approved it, and its use is denied. */
function buildDefinition(row: DefinitionRow): PinnedDefinition {
  const definition = readText(row.text);
  const sha256 = hash('sha256', row.text, 'hex');
  const drift = row.drift ?? (sha256 === row.sha256 ? undefined : sha256);
  const base = {
    kind: row.kind as DefinitionKind,
    name: row.name,
    definitionSha256: row.sha256,
    definition,
    text: row.text,
    ...(drift === undefined ? {} : { drift }),
  };
  if (base.kind !== 'tool') return Object.freeze(base);
  return Object.freeze({ ...base, inputSchema: (definition['inputSchema'] ?? {}) as JsonObject });
}

/** Empty for what no pin has written: it is not what its hash says either, and so it is denied. */
function readText(text: string): JsonObject {
  try {
    const value = JSON.parse(text) as Json;
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}
