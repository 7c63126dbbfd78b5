import type { TenantSlug } from '#lib/core';
import type { PinnedServer, ServerDraft } from '#lib/registry';
import type { Refuse } from './draft-provider.ts';
import type { ServerEntry } from './tenant-schema.ts';
import type { ManifestDeps } from './types.ts';

/** Methods that are decided and forwarded anyway, or never: naming them would say something that is not so. */
const OWN_METHODS =
  /^(initialize|ping|notifications\/.*|(tools|resources|prompts|completion|logging|sampling|roots|elicitation|tasks)\/.*)$/;

/** Whose server it will be, and who knows what speaks against it. */
export interface ServerJudge {
  readonly tenant: TenantSlug;
  readonly minting: Pick<ManifestDeps['minting'], 'registrationProblems'>;
}

/** A server in the words of the registry. */
export function draftServer(
  entry: ServerEntry,
  { tenant, minting }: ServerJudge,
  refuse: Refuse,
): ServerDraft {
  const { user, agent } = entry.credential;
  const credential = { ...(user === undefined ? {} : { user }), ...(agent === undefined ? {} : { agent }) };
  for (const problem of minting.registrationProblems(tenant, { url: entry.url, credential }))
    refuse(['url'], problem);
  entry.allow_methods.forEach((method, position) => {
    if (OWN_METHODS.test(method))
      refuse(['allow_methods', position], 'is a method of the protocol, which has its own rules');
  });
  if (entry.email && user !== 'minted')
    refuse(['email'], 'only minted tokens for users carry an email: credential.user is not minted');
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

/** A waiver for a tool that does not exist would apply to whatever comes under that name later. */
export function refuseUnknownWaivers(
  servers: readonly PinnedServer[],
  { id, waivers }: Pick<ServerDraft, 'id' | 'waivers'>,
  refuse: Refuse,
): void {
  const tools = servers.find((server) => server.id === id)?.tools ?? new Map<string, unknown>();
  waivers.forEach((name, position) => {
    if (!tools.has(name))
      refuse(['without_attempt', position], `server '${id}' has no tool '${name}' that is pinned`);
  });
}
