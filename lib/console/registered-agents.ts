import type { ClientId, PersonId } from '#lib/core';
import type { AgentRecord } from '#lib/identity';
import { decideAdmission, type AdmissionMode } from '#lib/oauth';
import type {
  AgentGrant,
  ReceiptMoment,
  RegisteredAgent,
  RegisteredAgents,
  RegisteredAgentView,
} from './admin-types.ts';
import { newestReceipt, readerOf } from './reader.ts';
import type { ConsoleDeps, Visitor } from './types.ts';

/** Every agent that is known here, those that wait for an admin first, then the newest. */
export async function listRegisteredAgents(deps: ConsoleDeps, visitor: Visitor): Promise<RegisteredAgents> {
  const { tenant } = visitor;
  const [{ admission: mode }, known, counts] = await Promise.all([
    deps.oauth.settings(tenant.id),
    deps.identity.agents.list(tenant),
    deps.oauth.grants.countByClient(tenant.id),
  ]);
  const living = known.filter(({ expiresAt }) => expiresAt === undefined || expiresAt > deps.clock.now());
  const byClient = new Map(counts.map((count) => [count.clientId, count]));
  const agents = await Promise.all(
    living.map(async (agent) => {
      const count = byClient.get(agent.clientId);
      return {
        ...standingOf(agent, mode),
        ...(await ownerOf(deps, visitor, agent.owner)),
        ...(await lastCallOf(deps, visitor, agent)),
        liveGrants: count?.live ?? 0,
        ...(count?.lastUsedAt === undefined ? {} : { lastTokenAt: count.lastUsedAt }),
      };
    }),
  );
  const waits = ({ standing }: RegisteredAgent) => (standing === 'pending' ? 0 : 1);
  return { mode, agents: agents.toSorted((left, right) => waits(left) - waits(right)) };
}

/** One agent with everything that lives of it, whoever let it in. */
export async function viewRegisteredAgent(
  deps: ConsoleDeps,
  visitor: Visitor,
  clientId: ClientId,
): Promise<RegisteredAgentView | undefined> {
  const { tenant } = visitor;
  const agent = await deps.identity.agents.load(tenant.id, clientId);
  if (agent === undefined) return undefined;
  const [{ admission: mode }, grants, lastReceipt, lastCall, owner] = await Promise.all([
    deps.oauth.settings(tenant.id),
    deps.oauth.grants.listForClient(tenant.id, clientId),
    newestReceipt(deps.receipts, visitor, { agent: clientId }),
    lastCallOf(deps, visitor, agent),
    ownerOf(deps, visitor, agent.owner),
  ]);
  const used = grants.flatMap(({ lastUsedAt }) => lastUsedAt ?? []);
  return {
    ...standingOf(agent, mode),
    ...owner,
    ...lastCall,
    mode,
    liveGrants: grants.length,
    ...(used.length === 0 ? {} : { lastTokenAt: Math.max(...used) }),
    grants: await Promise.all(grants.map(async (grant) => await namedGrant(deps, visitor, grant))),
    ...newestOf(lastReceipt, lastCall.lastCall),
  };
}

/** What is staged with a change may stand in the log behind a call that was made after it. */
function newestOf(found: ReceiptMoment | undefined, call: ReceiptMoment | undefined) {
  const lastReceipt = call !== undefined && call.at > (found?.at ?? 0) ? call : found;
  return lastReceipt === undefined ? {} : { lastReceipt };
}

/** Ends every live grant of the agent, for everybody, with a receipt each that names the visitor. */
export async function endAgentGrants(
  { oauth }: ConsoleDeps,
  visitor: Visitor,
  clientId: ClientId,
): Promise<number> {
  const why = { reason: 'admin', actor: readerOf(visitor).actor } as const;
  return await oauth.grants.revoke(visitor.tenant.id, { clientId }, why);
}

/** One that still waits for its first grant can't have called anything. */
async function lastCallOf({ receipts }: ConsoleDeps, visitor: Visitor, agent: AgentRecord) {
  if (agent.expiresAt !== undefined) return {};
  const lastCall = await newestReceipt(receipts, visitor, { kind: 'tool_call', agent: agent.clientId });
  return lastCall === undefined ? {} : { lastCall };
}

function standingOf(agent: AgentRecord, mode: AdmissionMode) {
  return { ...agent, standing: decideAdmission(agent, mode) };
}

async function ownerOf({ identity }: ConsoleDeps, { tenant }: Visitor, owner: PersonId | undefined) {
  const person = owner === undefined ? undefined : (await identity.people.load(tenant.id, owner))?.person;
  if (person === undefined) return {};
  const name = person.name ?? person.email;
  return {
    ownerReference: person.reference,
    ...(name === undefined ? {} : { ownerName: name }),
    ...(person.email === undefined ? {} : { ownerEmail: person.email }),
  };
}

async function namedGrant(
  { identity }: ConsoleDeps,
  { tenant }: Visitor,
  grant: AgentGrant,
): Promise<AgentGrant> {
  if (grant.person === undefined) return grant;
  const person = (await identity.people.load(tenant.id, grant.person))?.person;
  const name = person?.name ?? person?.email;
  return {
    ...grant,
    ...(person === undefined ? {} : { reference: person.reference }),
    ...(name === undefined ? {} : { personName: name }),
  };
}
