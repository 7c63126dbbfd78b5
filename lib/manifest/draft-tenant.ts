import type { ClientId, JsonObject } from '#lib/core';
import type { AgentDraft, IdentityProviderSettings } from '#lib/identity';
import { identityProviderSettings } from '#lib/identity';
import { validateClientMetadata, type OauthSettings } from '#lib/oauth';
import type { ServerDraft } from '#lib/registry';
import { AGENT_SECRET_CHARS_MIN, SECONDS_PER_HOUR } from './constants.ts';
import type { Path, ReadDocument } from './read-document.ts';
import type { ResolveSecret } from './resolve-secrets.ts';
import type { AgentEntry, ServerEntry } from './tenant-schema.ts';
import type { ManifestDeps, ManifestProblem } from './types.ts';

export interface AgentPlan {
  readonly draft: AgentDraft;
  /** Email of its owner; who that is, is found at the end. */
  readonly owner: string | undefined;
}

/** The file in the words of the modules that keep it. */
export interface TenantPlan {
  readonly oauth: OauthSettings;
  readonly provider:
    { readonly settings: IdentityProviderSettings; readonly clientSecret: string | undefined } | undefined;
  readonly servers: readonly ServerDraft[];
  readonly agents: readonly AgentPlan[];
}

interface Drafting {
  readonly read: ReadDocument;
  readonly resolveSecret: ResolveSecret;
  readonly minting: ManifestDeps['minting'];
  readonly problems: ManifestProblem[];
}

/** Turns a file of the right shape into drafts, and finds everything that its shape alone does not show. */
export function draftTenant(
  read: ReadDocument,
  resolveSecret: ResolveSecret,
  minting: ManifestDeps['minting'],
): { readonly plan: TenantPlan; readonly problems: readonly ManifestProblem[] } {
  const drafting: Drafting = { read, resolveSecret, minting, problems: [] };
  const { admission, grants, servers, agents } = read.document;
  refuseRepeats(drafting, 'servers', 'id', servers);
  refuseRepeats(drafting, 'agents', 'client_id', agents);
  const plan: TenantPlan = {
    oauth: {
      admission,
      grantSeconds: Math.round(grants.hours * SECONDS_PER_HOUR),
      refreshReplaySeconds: grants.refresh_replay_seconds,
    },
    provider: draftProvider(drafting),
    servers: servers.map((entry, index) => draftServer(drafting, entry, index)),
    agents: agents.map((entry, index) => draftAgent(drafting, entry, index)),
  };
  return { plan, problems: drafting.problems };
}

function refuse({ read, problems }: Drafting, path: Path, message: string): void {
  problems.push(read.problemAt(path, message));
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
    else refuse(drafting, [list, index, key], `'${entry[key]}' is already the ${key} of ${list}[${first}]`);
  });
}

function secretOf(drafting: Drafting, path: Path, reference: string | undefined): string | undefined {
  if (reference === undefined) return undefined;
  const secret = drafting.resolveSecret(reference);
  if (secret.ok) return secret.value;
  refuse(drafting, path, secret.error);
  return undefined;
}

function draftProvider(drafting: Drafting): TenantPlan['provider'] {
  const { identity_provider: entry, roles } = drafting.read.document;
  if (entry === undefined) {
    if (roles !== undefined)
      refuse(drafting, ['roles'], 'needs an identity_provider: roles come from its groups');
    return undefined;
  }
  const path = ['identity_provider'];
  const secretPath = [...path, 'client_secret'];
  const isPublic = entry.client_authentication === 'none';
  if (isPublic && entry.client_secret !== undefined)
    refuse(drafting, secretPath, 'is not used: client_authentication is none');
  if (!isPublic && entry.client_secret === undefined)
    refuse(drafting, path, `lacks client_secret, which ${entry.client_authentication} needs`);
  const settings = identityProviderSettings.safeParse({
    issuer: entry.issuer,
    clientId: entry.client_id,
    clientAuthentication: entry.client_authentication,
    scopes: entry.scopes,
    groupsClaim: entry.groups_claim,
    missingGroups: entry.missing_groups,
    userinfo: entry.userinfo,
    roleMapping: roles,
  });
  const clientSecret = secretOf(drafting, secretPath, entry.client_secret);
  if (settings.success) return { settings: settings.data, clientSecret };
  for (const issue of settings.error.issues) {
    const [member] = issue.path;
    const place =
      member === 'roleMapping' ? ['roles', ...issue.path.slice(1)] : [...path, snakeCase(String(member))];
    refuse(drafting, place, issue.message);
  }
  return undefined;
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Methods that are decided and forwarded anyway, or never: naming them would say something that is not so. */
const OWN_METHODS =
  /^(initialize|ping|notifications\/.*|(tools|resources|prompts|completion|logging|sampling|roots|elicitation)\/.*)$/;

function draftServer(drafting: Drafting, entry: ServerEntry, index: number): ServerDraft {
  const { user, agent } = entry.credential;
  const credential = { ...(user === undefined ? {} : { user }), ...(agent === undefined ? {} : { agent }) };
  for (const problem of drafting.minting.registrationProblems({ url: entry.url, credential })) {
    refuse(drafting, ['servers', index, 'url'], problem);
  }
  entry.allow_methods.forEach((method, position) => {
    if (!OWN_METHODS.test(method)) return;
    refuse(
      drafting,
      ['servers', index, 'allow_methods', position],
      'is a method of the protocol, which has its own rules',
    );
  });
  if (entry.email && user !== 'minted') {
    refuse(
      drafting,
      ['servers', index, 'email'],
      'only minted tokens for users carry an email: credential.user is not minted',
    );
  }
  return {
    id: entry.id,
    title: entry.title,
    url: entry.url,
    credential,
    emailAllowed: entry.email,
    allowMethods: entry.allow_methods,
    waivers: entry.without_attempt,
    timeoutMs: entry.timeout_seconds * 1_000,
  };
}

function draftAgent(drafting: Drafting, entry: AgentEntry, index: number): AgentPlan {
  const path = ['agents', index];
  const method = entry.authentication ?? (entry.secret === undefined ? 'none' : 'client_secret_basic');
  const needsSecret = method === 'client_secret_basic' || method === 'client_secret_post';
  if (needsSecret && entry.secret === undefined)
    refuse(drafting, path, `lacks secret, which ${method} needs`);
  if (!needsSecret && entry.secret !== undefined)
    refuse(drafting, [...path, 'secret'], `is not used: authentication is ${method}`);
  const secret = secretOf(drafting, [...path, 'secret'], entry.secret);
  if (secret !== undefined && secret.length < AGENT_SECRET_CHARS_MIN) {
    refuse(
      drafting,
      [...path, 'secret'],
      `is shorter than ${AGENT_SECRET_CHARS_MIN} characters: make one with 'openssl rand -base64 32'`,
    );
  }
  const metadata = validateClientMetadata(
    {
      client_name: entry.name,
      redirect_uris: entry.redirect_uris,
      grant_types: entry.grant_types ?? ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: method,
      ...(entry.jwks === undefined ? {} : { jwks: entry.jwks as JsonObject }),
    },
    'file',
  );
  if (!metadata.ok) refuse(drafting, path, metadata.error.description);
  return {
    owner: entry.owner,
    draft: {
      clientId: entry.client_id as ClientId,
      name: entry.name,
      metadata: metadata.ok ? (metadata.value as unknown as JsonObject) : {},
      secret: secret ?? null,
    },
  };
}
