import { randomBytes } from 'node:crypto';
import { err, ok, toBase64Url, type ClientId, type PersonId, type Result, type ServerId } from '#lib/core';
import type { IdentityProviderSettings } from '#lib/identity';
import { AGENT_SECRET_BYTES, AGENTS_MAX, SERVERS_MAX } from './constants.ts';
import { formatPath } from './describe-issue.ts';
import { draftAgent, needsSecret } from './draft-agent.ts';
import { type Refuse } from './draft-provider.ts';
import { draftServer, refuseUnknownWaivers } from './draft-server.ts';
import { draftSettings } from './draft-settings.ts';
import { breaksPolicies, invalid, refused } from './problems.ts';
import type { BodyOf } from './resource-bodies.ts';
import type { ResourceFault, ResourceName, ResourceProblem } from './resource-types.ts';
import { brokenPolicies, type Writing, writeSettings } from './write-parts.ts';

/** What was written; the secret of an agent, if one was made. */
export interface Written {
  readonly secret?: string;
}

type Put = Result<Written, ResourceProblem>;

/** Collects what is wrong, as a drafter says it. */
export function collectFaults(): { readonly faults: ResourceFault[]; readonly refuse: Refuse } {
  const faults: ResourceFault[] = [];
  return { faults, refuse: (path, message) => void faults.push({ at: formatPath(path), message }) };
}

export async function putSettings(writing: Writing, body: BodyOf<'settings'>): Promise<Put> {
  await writeSettings(writing, { displayName: body.display_name, oauth: draftSettings(body) });
  return ok({});
}

export async function putProvider(
  { deps, tx, tenant, actor }: Writing,
  settings: IdentityProviderSettings,
  clientSecret: string | undefined,
): Promise<Put> {
  await deps.identity.providers.save(tx, tenant, settings, clientSecret, actor);
  return ok({});
}

/** Saves the server; what stands against it (an unknown waiver, a policy that names what is gone) rolls it back. */
export async function putServer(writing: Writing, body: BodyOf<'server'>, id: ServerId): Promise<Put> {
  const { deps, tx, tenant, actor } = writing;
  const name: ResourceName = { kind: 'server', id };
  const { faults, refuse } = collectFaults();
  const draft = draftServer({ ...body, id }, { tenant: tenant.slug, minting: deps.minting }, refuse);
  if (faults.length > 0) return err(invalid(name, faults));
  const isAltered = (await deps.registry.listIn(tx, tenant.id)).some(
    (server) => server.id === id && server.state === 'altered',
  );
  const saved = await deps.registry.save(tx, tenant.id, draft, actor);
  if (saved.change === 'unchanged') return ok({});
  const servers = await deps.registry.listIn(tx, tenant.id);
  if (servers.length > SERVERS_MAX) return err(refused(`A tenant has ${SERVERS_MAX} servers at most.`));
  refuseUnknownWaivers(servers, draft, refuse);
  if (faults.length > 0) return err(invalid(name, faults));
  // Nothing could be called of one that was altered: to bring it back is in the way of no policy, and approving asks again.
  const broken = isAltered ? [] : await brokenPolicies(writing);
  return broken.length > 0 ? err(breaksPolicies(`This change of server '${id}'`, broken)) : ok({});
}

export async function putPolicy(
  { deps, tx, tenant, actor }: Writing,
  { text }: BodyOf<'policy'>,
  id: string,
): Promise<Put> {
  const servers = await deps.registry.listIn(tx, tenant.id);
  const policies = { ...(await deps.policy.textsIn(tx, tenant.id)), [id]: text };
  const saved = await deps.policy.save(tx, tenant.id, { policies, servers, author: actor });
  if (saved.ok) return ok({});
  const faults = saved.error.map(({ policyId, line, column, message }) =>
    policyId === id || policyId === ''
      ? { at: 'text', line, column, message }
      : { at: '', policy: policyId, line, column, message: `policy '${policyId}': ${message}` },
  );
  return err(invalid({ kind: 'policy', id }, faults));
}

/** The owner was looked up before: who that is does not depend on this transaction. */
export async function putAgent(
  { deps, tx, tenant, actor }: Writing,
  body: BodyOf<'agent'>,
  clientId: ClientId,
  owner: PersonId | undefined,
): Promise<Put> {
  const { agents } = deps.identity;
  const name: ResourceName = { kind: 'agent', id: clientId };
  const before = await agents.loadIn(tx, clientId);
  if (before?.origin === 'dynamic')
    return err(refused(`Agent '${clientId}' registered itself: admit or refuse it instead.`));
  const isNeeded = needsSecret(body.authentication);
  const made = isNeeded && before?.hasSecret !== true ? createAgentSecret() : undefined;
  const { faults, refuse } = collectFaults();
  const draft = draftAgent({ ...body, client_id: clientId }, isNeeded ? made : null, refuse);
  if (faults.length > 0) return err(invalid(name, faults));
  await agents.saveListed(tx, tenant, owner === undefined ? draft : { ...draft, owner }, actor);
  if (before === undefined && (await agents.listedIn(tx)).length > AGENTS_MAX)
    return err(refused(`A tenant lists ${AGENTS_MAX} agents at most.`));
  return ok(made === undefined ? {} : { secret: made });
}

export function createAgentSecret(): string {
  return toBase64Url(randomBytes(AGENT_SECRET_BYTES));
}
