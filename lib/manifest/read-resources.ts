import { hash } from 'node:crypto';
import { canonicalJson, type ClientId, type JsonObject, type TenantId } from '#lib/core';
import type { TenantClient } from '#lib/db';
import type { AgentRecord, IdentityProviderRecord } from '#lib/identity';
import type { PinnedServer } from '#lib/registry';
import { SECONDS_PER_HOUR } from './constants.ts';
import { ownedName } from './ownership.ts';
import type { Resource, ResourceKind, ResourceName } from './resource-types.ts';
import type { ManifestStore } from './store.ts';
import type { ManifestDeps } from './types.ts';

/** A resource, and a mark of what its body does not show: that its secret was replaced. */
export interface StoredResource extends Resource {
  readonly revision: string;
}

type Found = Omit<StoredResource, 'owner' | 'etag'>;

type Readers = Readonly<
  Record<ResourceKind, (client: TenantClient, tenant: TenantId) => Promise<readonly Found[]>>
>;

export interface ResourceReader {
  ofKind(client: TenantClient, tenant: TenantId, kind: ResourceKind): Promise<readonly StoredResource[]>;
  one(client: TenantClient, tenant: TenantId, name: ResourceName): Promise<StoredResource | undefined>;
  all(client: TenantClient, tenant: TenantId): Promise<readonly StoredResource[]>;
}

const KINDS: readonly ResourceKind[] = ['settings', 'identity_provider', 'server', 'policy', 'agent'];

/** A tenant's configuration in the words of the tenant file, from the modules that keep it. */
export function createResourceReader(deps: ManifestDeps, store: ManifestStore): ResourceReader {
  const readers = createReaders(deps);
  async function ofKind(client: TenantClient, tenant: TenantId, kind: ResourceKind) {
    const owns = (await store.lastIn(client))?.owns ?? new Set();
    const found = await readers[kind](client, tenant);
    return found.map((resource) => complete(resource, owns));
  }
  return {
    ofKind,
    one: async (client, tenant, { kind, id }) =>
      (await ofKind(client, tenant, kind)).find((resource) => resource.id === id),
    async all(client, tenant) {
      const resources: StoredResource[] = [];
      for (const kind of KINDS) resources.push(...(await ofKind(client, tenant, kind)));
      return resources;
    },
  };
}

function complete(found: Found, owns: ReadonlySet<string>): StoredResource {
  const owner = owns.has(ownedName(found)) ? 'file' : 'console';
  const text = canonicalJson([found.kind, found.id ?? null, found.body, owner, found.revision]);
  return { ...found, owner, etag: `"${hash('sha256', text, 'base64url').slice(0, 27)}"` };
}

/** What others are shown of it. */
export function withoutRevision({ kind, id, owner, etag, state, hosts, body }: StoredResource): Resource {
  return {
    kind,
    ...(id === undefined ? {} : { id }),
    owner,
    etag,
    ...(state === undefined ? {} : { state }),
    ...(hosts === undefined ? {} : { hosts }),
    body,
  };
}

function createReaders({ identity, oauth, registry, policy }: ManifestDeps): Readers {
  return {
    async settings(client, tenant) {
      const { admission, grantSeconds, refreshReplaySeconds } = await oauth.settingsIn(client);
      const body = {
        display_name: await identity.tenants.displayNameIn(client, tenant),
        admission,
        grants: { hours: grantSeconds / SECONDS_PER_HOUR, refresh_replay_seconds: refreshReplaySeconds },
      };
      return [{ kind: 'settings', body, revision: '' }];
    },
    async identity_provider(client) {
      const provider = await identity.providers.loadIn(client);
      return provider === undefined ? [] : [renderProvider(provider)];
    },
    server: async (client, tenant) => (await registry.listIn(client, tenant)).map(renderServer),
    async policy(client, tenant) {
      const texts = await policy.textsIn(client, tenant);
      return Object.keys(texts)
        .toSorted()
        .map((id) => ({ kind: 'policy', id, body: { text: texts[id] ?? '' }, revision: '' }));
    },
    async agent(client) {
      const agents = await identity.agents.listedIn(client);
      const owners = agents.flatMap(({ owner }) => (owner === undefined ? [] : [owner]));
      const references = await identity.people.referencesIn(client, owners);
      return agents.map((agent) => renderAgent(agent, agent.owner && references.get(agent.owner)));
    },
  };
}

function renderProvider(provider: IdentityProviderRecord): Found {
  const body = {
    issuer: provider.issuer,
    client_id: provider.clientId,
    client_authentication: provider.clientAuthentication,
    scopes: provider.scopes,
    groups_claim: provider.groupsClaim,
    groups_format: provider.groupsFormat,
    missing_groups: provider.missingGroups,
    userinfo: provider.userinfo,
    endpoint_hosts: provider.endpointHosts,
    roles: provider.roleMapping,
    has_secret: provider.clientSecretId !== undefined,
  };
  const { clientSecretId: revision = '', hosts } = provider;
  return { kind: 'identity_provider', body, revision, ...(hosts === undefined ? {} : { hosts }) };
}

function renderServer(server: PinnedServer): Found {
  const body = {
    id: server.id,
    title: server.title,
    url: server.url,
    credential: { ...server.credential },
    email: server.emailAllowed,
    // What is shown is what a form is filled with: nothing that nobody saved.
    allow_methods: server.state === 'altered' ? [] : [...server.allowMethods],
    without_attempt: [...server.waivers],
    timeout_seconds: server.timeoutMs / 1_000,
  };
  return { kind: 'server', id: server.id, body, revision: '', state: server.state };
}

function renderAgent(agent: AgentRecord & { readonly clientId: ClientId }, owner: string | undefined): Found {
  const { metadata } = agent;
  const body: JsonObject = {
    client_id: agent.clientId,
    name: agent.name,
    authentication: metadata['token_endpoint_auth_method'] ?? 'none',
    redirect_uris: metadata['redirect_uris'] ?? [],
    grant_types: metadata['grant_types'] ?? [],
    ...(owner === undefined ? {} : { owner }),
    ...(metadata['jwks'] === undefined ? {} : { jwks: metadata['jwks'] }),
    has_secret: agent.hasSecret,
  };
  return { kind: 'agent', id: agent.clientId, body, revision: String(agent.version) };
}
