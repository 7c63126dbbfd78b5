import { err, ok, type Result, type ServerId } from '#lib/core';
import type { DefinitionProblem } from '#lib/gateway';
import type { TenantRecord } from '#lib/identity';
import type { PinnedServer, PinReport, ServerDraft } from '#lib/registry';
import { compareListing, labelOf, unusableTools } from './compare-listing.ts';
import type { ResourceParts } from './create-resources.ts';
import { draftServer, refuseUnknownWaivers, type ServerJudge } from './draft-server.ts';
import { breaksPolicies, invalid, missing, refused, showsSomethingElse, unreadable } from './problems.ts';
import { collectFaults } from './put-resource.ts';
import { readBody } from './resource-bodies.ts';
import type { Approval, Probe, ResourceName, ResourceProblem, Resources } from './resource-types.ts';
import { serverId } from './tenant-schema.ts';
import { brokenPolicies, type Writing } from './write-parts.ts';

type Asked<Value> = Promise<Result<Value, ResourceProblem>>;

/** What a server shows, looked at before anything of it can be called, and pinned as it was seen. */
export function createProbes(parts: ResourceParts): Pick<Resources, 'probe' | 'probeRegistered' | 'approve'> {
  return {
    probe: async (tenant, body) => await probe(parts, tenant, body),
    probeRegistered: async (tenant, server) => await probeRegistered(parts, tenant, server),
    approve: async (tenant, server, approval) => await approve(parts, tenant, server, approval),
  };
}

async function probe({ deps, store }: ResourceParts, tenant: TenantRecord, body: unknown): Asked<Probe> {
  const draft = draftProbed({ tenant: tenant.slug, minting: deps.minting }, body);
  if (!draft.ok) return draft;
  const found = await deps.gateway.readDefinitions(tenant, draft.value);
  if (!found.ok) return err(unreadable(inWords(found.error)));
  const servers = await store.read(
    tenant.id,
    async (client) => await deps.registry.listIn(client, tenant.id),
  );
  const known = servers.find(({ id, url }) => id === draft.value.id && url === draft.value.url);
  const pinned = known?.pinsAltered === true ? undefined : known;
  const listing = deps.registry.read(found.value);
  const unusable = unusableTools(deps.policy, draft.value.id, listing);
  return ok(compareListing(found.value, listing, pinned, unusable));
}

async function probeRegistered(parts: ResourceParts, tenant: TenantRecord, id: ServerId): Asked<Probe> {
  const name = { kind: 'server', id } as const;
  const found = await parts.store.read(
    tenant.id,
    async (client) => await parts.reader.one(client, tenant.id, name),
  );
  if (found === undefined) return err(missing(name));
  return found.state === 'altered' ? err(notAsSaved(id)) : await probe(parts, tenant, found.body);
}

/** It has no address that could be asked. */
function notAsSaved(server: ServerId): ResourceProblem {
  return refused(`The row of server '${server}' is not as it was saved: save its settings again first.`);
}

/** What an admin can do about it, where the failure itself does not say so already. */
const REMEDIES: Readonly<Partial<Record<DefinitionProblem['kind'], string>>> = {
  credential: 'Choose another credential for it, or let its operator trust the tokens of this tenant.',
  refused: 'Is this the URL of its MCP endpoint?',
  nonsense: 'Is this the URL of its MCP endpoint?',
};

function inWords({ kind, message }: DefinitionProblem): string {
  const remedy = REMEDIES[kind];
  return remedy === undefined ? message : `${message} ${remedy}`;
}

/** A server that is described, whether or not it is registered. Waivers are judged when it is approved. */
function draftProbed(judge: ServerJudge, body: unknown): Result<ServerDraft, ResourceProblem> {
  const read = readBody('server', body);
  const name: ResourceName = { kind: 'server' };
  if (!read.ok) return err(invalid(name, read.error));
  const id = serverId.safeParse(read.value.id);
  if (!id.success)
    return err(invalid(name, [{ at: 'id', message: id.error.issues[0]?.message ?? 'is missing' }]));
  const { faults, refuse } = collectFaults();
  const draft = draftServer({ ...read.value, id: id.data }, judge, refuse);
  return faults.length > 0 ? err(invalid(name, faults)) : ok(draft);
}

async function approve(
  parts: ResourceParts,
  tenant: TenantRecord,
  server: ServerId,
  approval: Approval,
): Asked<PinReport> {
  const { deps, store } = parts;
  const before = await registered(parts, tenant, server);
  if (before === undefined) return err(missing({ kind: 'server', id: server }));
  if (before.state === 'altered') return err(notAsSaved(server));
  const found = await deps.gateway.readDefinitions(tenant, before);
  if (!found.ok) return err(unreadable(inWords(found.error)));
  const listing = deps.registry.read(found.value);
  if (listing.listingSha256 !== approval.listingSha256) return err(showsSomethingElse(server));
  const shown = new Set(listing.definitions.map(labelOf));
  const unknown = (approval.definitions ?? []).filter((definition) => !shown.has(labelOf(definition)));
  if (unknown.length > 0) {
    const faults = unknown.map((one) => ({ at: 'definitions', message: `${labelOf(one)} is not shown` }));
    return err(invalid({ kind: 'server', id: server }, faults));
  }
  const done = await store.transaction(tenant.id, async (tx) => {
    const servers = await deps.registry.listIn(tx, tenant.id);
    const now = servers.find(({ id }) => id === server);
    // What was read came from that address.
    if (now?.url !== before.url) return err(showsSomethingElse(server));
    const { actor, definitions, withdraw } = approval;
    const choice = { ...(definitions && { definitions }), ...(withdraw && { withdraw }) };
    const report = await deps.registry.pin(tx, tenant.id, server, found.value, actor, choice);
    const waived = await waivedAndGone(parts, { deps, tx, tenant, actor }, server);
    if (waived !== undefined) return err(waived);
    const broken = await brokenPolicies({ deps, tx, tenant, actor });
    return broken.length > 0 ? err(breaksPolicies('This approval', broken)) : ok(report);
  });
  if (done.ok) await deps.receipts.flush(tenant.id);
  return done;
}

async function registered(
  { deps, store }: ResourceParts,
  tenant: TenantRecord,
  server: ServerId,
): Promise<PinnedServer | undefined> {
  const servers = await store.read(
    tenant.id,
    async (client) => await deps.registry.listIn(client, tenant.id),
  );
  return servers.find(({ id }) => id === server);
}

/** A tool that goes without an attempt has to stay pinned, for the waiver would wait for the next one of its name. */
async function waivedAndGone(
  { deps }: ResourceParts,
  { tx, tenant }: Writing,
  server: ServerId,
): Promise<ResourceProblem | undefined> {
  const servers = await deps.registry.listIn(tx, tenant.id);
  const waivers = [...(servers.find(({ id }) => id === server)?.waivers ?? [])];
  const { faults, refuse } = collectFaults();
  refuseUnknownWaivers(servers, { id: server, waivers }, refuse);
  if (faults.length === 0) return undefined;
  return refused(
    `Server '${server}' lets tools go without an attempt that would not be pinned any more: change without_attempt first.`,
    faults,
  );
}
