import type { TenantSlug } from '#lib/core';
import type { AgentDraft, IdentityProviderSettings } from '#lib/identity';
import type { OauthSettings } from '#lib/oauth';
import type { ServerDraft } from '#lib/registry';
import { AGENT_SECRET_CHARS_MIN } from './constants.ts';
import type { Path } from './describe-issue.ts';
import { draftAgent, needsSecret } from './draft-agent.ts';
import { draftProvider, type Refuse } from './draft-provider.ts';
import { draftServer } from './draft-server.ts';
import { draftSettings } from './draft-settings.ts';
import type { ReadDocument } from './read-document.ts';
import type { ResolveSecret } from './resolve-secrets.ts';
import type { AgentEntry } from './tenant-schema.ts';
import type { ManifestDeps, ManifestProblem } from './types.ts';

export interface AgentPlan {
  readonly draft: AgentDraft;
  /** Email or reference of its owner; who that is, is found at the end. */
  readonly owner: string | undefined;
}

/** The file in the words of the modules that keep it. Absent: the file does not name it. */
export interface TenantPlan {
  readonly settings: { readonly displayName: string | undefined; readonly oauth: OauthSettings } | undefined;
  readonly provider:
    { readonly settings: IdentityProviderSettings; readonly clientSecret: string | undefined } | undefined;
  readonly servers: readonly ServerDraft[];
  readonly agents: readonly AgentPlan[];
}

interface Drafting {
  readonly read: ReadDocument;
  readonly resolveSecret: ResolveSecret;
  readonly minting: Pick<ManifestDeps['minting'], 'registrationProblems'>;
  readonly problems: ManifestProblem[];
}

/** Turns a file of the right shape into drafts, and finds everything that its shape alone does not show. */
export function draftTenant(
  read: ReadDocument,
  resolveSecret: ResolveSecret,
  minting: Pick<ManifestDeps['minting'], 'registrationProblems'>,
): { readonly plan: TenantPlan; readonly problems: readonly ManifestProblem[] } {
  const drafting: Drafting = { read, resolveSecret, minting, problems: [] };
  const { servers, agents } = read.document;
  const tenant = read.document.tenant.slug as TenantSlug;
  refuseRepeats(drafting, 'servers', 'id', servers);
  refuseRepeats(drafting, 'agents', 'client_id', agents);
  const plan: TenantPlan = {
    settings: draftNamedSettings(read.document),
    provider: draftNamedProvider(drafting),
    servers: servers.map((entry, index) =>
      draftServer(entry, { tenant, minting }, below(drafting, ['servers', index])),
    ),
    agents: agents.map((entry, index) => draftNamedAgent(drafting, entry, index)),
  };
  return { plan, problems: drafting.problems };
}

/** Says what is wrong at a path below another. */
function below({ read, problems }: Drafting, base: Path): Refuse {
  return (path, message) => void problems.push(read.problemAt([...base, ...path], message));
}

function refuseRepeats<Key extends string>(
  drafting: Drafting,
  list: string,
  key: Key,
  entries: readonly Readonly<Record<Key, string>>[],
): void {
  const seen = new Map<string, number>();
  entries.forEach((entry, index) => {
    const first = seen.get(entry[key]);
    if (first === undefined) seen.set(entry[key], index);
    else below(drafting, [list, index])([key], `'${entry[key]}' is already the ${key} of ${list}[${first}]`);
  });
}

function secretOf({ resolveSecret }: Drafting, refuse: Refuse, path: Path, reference: string | undefined) {
  if (reference === undefined) return undefined;
  const secret = resolveSecret(reference);
  if (secret.ok) return secret.value;
  refuse(path, secret.error);
  return undefined;
}

/** The file owns the settings when it names one of them. */
function draftNamedSettings(document: ReadDocument['document']): TenantPlan['settings'] {
  const { tenant, admission, grants } = document;
  if (tenant.display_name === undefined && admission === undefined && grants === undefined) return undefined;
  return { displayName: tenant.display_name, oauth: draftSettings(document) };
}

function draftNamedProvider(drafting: Drafting): TenantPlan['provider'] {
  const { identity_provider: entry, roles } = drafting.read.document;
  const refuseRoles = below(drafting, []);
  if (entry === undefined) {
    if (roles !== undefined) refuseRoles(['roles'], 'needs an identity_provider: roles come from its groups');
    return undefined;
  }
  const refuse = below(drafting, ['identity_provider']);
  const given = entry.client_secret === undefined ? 'none' : 'given';
  const settings = draftProvider(entry, roles, given, (path, message) =>
    path[0] === 'roles' ? refuseRoles(path, message) : refuse(path, message),
  );
  const clientSecret = secretOf(drafting, refuse, ['client_secret'], entry.client_secret);
  return settings && { settings, clientSecret };
}

function draftNamedAgent(drafting: Drafting, entry: AgentEntry, index: number): AgentPlan {
  const refuse = below(drafting, ['agents', index]);
  const method = entry.authentication ?? (entry.secret === undefined ? 'none' : 'client_secret_basic');
  if (needsSecret(method) && entry.secret === undefined) refuse([], `lacks secret, which ${method} needs`);
  if (!needsSecret(method) && entry.secret !== undefined)
    refuse(['secret'], `is not used: authentication is ${method}`);
  const secret = secretOf(drafting, refuse, ['secret'], entry.secret);
  if (secret !== undefined && secret.length < AGENT_SECRET_CHARS_MIN) {
    const advice = `is shorter than ${AGENT_SECRET_CHARS_MIN} characters: make one with 'openssl rand -base64 32'`;
    refuse(['secret'], advice);
  }
  return {
    owner: entry.owner,
    draft: draftAgent({ ...entry, authentication: method }, secret ?? null, refuse),
  };
}
