import type { PolicyRequest } from '#lib/policy';
import type { DefinitionKind, PinnedDefinition, PinnedServer } from '#lib/registry';
import { sha256Hex } from './digest-text.ts';
import type { ActContext } from './parts.ts';

/** Who asks what may be seen, of which server. */
export type Viewer = Pick<
  ActContext,
  'principal' | 'server' | 'exchange' | 'session' | 'engine' | 'receivedAt'
>;

export function pinsOf(server: PinnedServer, kind: DefinitionKind): ReadonlyMap<string, PinnedDefinition> {
  return {
    tool: server.tools,
    prompt: server.prompts,
    resource: server.resources,
    template: server.templates,
  }[kind];
}

/** What is pinned is still what the upstream shows, and this principal may see it. */
export function isVisible(viewer: Viewer, kind: DefinitionKind, { name, drift }: PinnedDefinition): boolean {
  return drift === undefined && viewer.engine.decide(listQuestion(viewer, kind, name)).effect === 'allow';
}

/** A hash of all that is visible of one kind: another one means that the list has changed for this principal. */
export function visibleSha256(viewer: Viewer, kinds: readonly DefinitionKind[]): string {
  const shown = kinds.flatMap((kind) =>
    [...pinsOf(viewer.server, kind).values()]
      .filter((pinned) => isVisible(viewer, kind, pinned))
      .map(({ name, definitionSha256 }) => `${kind} ${definitionSha256} ${name}`),
  );
  return sha256Hex(shown.toSorted().join('\n'));
}

function listQuestion(viewer: Viewer, kind: DefinitionKind, name: string): PolicyRequest {
  const { principal, server, exchange, session, receivedAt } = viewer;
  const common = { principal, server, time: receivedAt, ip: exchange.ip, session: session.claims.reference };
  const tool = server.tools.get(name);
  switch (kind) {
    case 'tool':
      return { ...common, action: 'tools/list', ...(tool === undefined ? {} : { tool }) };
    case 'prompt':
      return { ...common, action: 'prompts/list', prompt: { name } };
    case 'resource':
      return { ...common, action: 'resources/list', resource: { uri: name } };
    case 'template':
      return { ...common, action: 'resources/templates/list', template: { uriTemplate: name } };
  }
}
