import type { Policy, PolicyServer, PolicyTool } from '#lib/policy';
import type { Definitions } from '#lib/gateway';
import type { JsonObject, ServerId } from '#lib/core';
import type { PinnedDefinition, PinnedServer, ReadListing } from '#lib/registry';
import type { DefinitionName, Probe, ProbedDefinition } from './resource-types.ts';

export const labelOf = ({ kind, name }: DefinitionName): string => `${kind} ${name}`;

/** How what a server shows now stands to what is pinned of it. */
export function compareListing(
  { serverInfo, protocolVersion, capabilities }: Definitions,
  { definitions, skipped, listingSha256 }: ReadListing,
  pinned: PinnedServer | undefined,
  unusable: Probe['unusable'],
): Probe {
  const pins = new Map(pinsOf(pinned).map((pin) => [labelOf(pin), pin]));
  const shown = new Set(definitions.map(labelOf));
  const gone = [...pins.values()].filter((pin) => !shown.has(labelOf(pin)));
  return {
    serverInfo,
    protocolVersion,
    capabilities,
    listingSha256,
    definitions: definitions.map((definition) => compareOne(definition, pins.get(labelOf(definition)))),
    gone: gone.map(({ kind, name }) => ({ kind, name })),
    skipped,
    unusable,
  };
}

function pinsOf(server: PinnedServer | undefined): readonly PinnedDefinition[] {
  if (server === undefined) return [];
  return [server.tools, server.prompts, server.resources, server.templates].flatMap((map) => [
    ...map.values(),
  ]);
}

function compareOne(
  { kind, name, definitionSha256, definition }: PinnedDefinition,
  pin: PinnedDefinition | undefined,
): ProbedDefinition {
  const shown = { kind, name, sha256: definitionSha256, definition };
  if (pin === undefined) return { ...shown, status: 'new' };
  if (pin.definitionSha256 === definitionSha256) return { ...shown, status: 'same' };
  const pinned = { sha256: pin.definitionSha256, definition: pin.definition };
  return { ...shown, status: 'changed', pinned };
}

/** Tools that nobody could call, were they pinned. */
export function unusableTools(
  policy: Pick<Policy, 'schemaProblems'>,
  id: ServerId,
  { definitions }: ReadListing,
): Probe['unusable'] {
  const tools = definitions
    .filter(({ kind }) => kind === 'tool')
    .map((tool): readonly [string, PolicyTool] => [
      tool.name,
      { ...tool, inputSchema: tool.definition['inputSchema'] as JsonObject },
    ]);
  const none = new Map<string, never>();
  const server: PolicyServer = {
    id,
    allowMethods: new Set(),
    tools: new Map(tools),
    prompts: none,
    resources: none,
    templates: none,
  };
  return policy.schemaProblems([server]);
}
