import type { ResourceName } from './resource-types.ts';
import type { TenantDocument } from './tenant-schema.ts';

/** One resource as `manifest_application` keeps it: `settings`, `server/ledger`, `agent/nightly`. */
export function ownedName({ kind, id }: ResourceName): string {
  return id === undefined ? kind : `${kind}/${id}`;
}

export function parseOwnedName(text: string): ResourceName {
  const slash = text.indexOf('/');
  const [kind, id] = slash === -1 ? [text] : [text.slice(0, slash), text.slice(slash + 1)];
  return { kind: kind as ResourceName['kind'], ...(id === undefined ? {} : { id }) };
}

/** Everything that a file names, and so owns. */
export function namedIn(document: TenantDocument): readonly string[] {
  const { tenant, admission, grants, identity_provider: provider, servers, policies, agents } = document;
  const hasSettings = tenant.display_name !== undefined || admission !== undefined || grants !== undefined;
  const names: readonly ResourceName[] = [
    ...(hasSettings ? [{ kind: 'settings' as const }] : []),
    ...(provider === undefined ? [] : [{ kind: 'identity_provider' as const }]),
    ...servers.map(({ id }) => ({ kind: 'server' as const, id })),
    ...Object.keys(policies).map((id) => ({ kind: 'policy' as const, id })),
    ...agents.map(({ client_id: id }) => ({ kind: 'agent' as const, id })),
  ];
  return names.map(ownedName);
}

/** The ids of one kind among names. */
export function idsOf(names: ReadonlySet<string>, kind: ResourceName['kind']): readonly string[] {
  return [...names]
    .map(parseOwnedName)
    .filter((name) => name.kind === kind)
    .flatMap(({ id }) => (id === undefined ? [] : [id]));
}
