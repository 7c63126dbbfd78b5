import { randomBytes } from 'node:crypto';
import { errors } from 'oidc-provider';
import {
  uuidV7,
  type Agent,
  type ClientId,
  type Clock,
  type GrantId,
  type JsonObject,
  type Person,
  type PersonId,
  type TenantId,
} from '#lib/core';
import type { Database, TenantTransaction } from '#lib/db';
import type { Identity } from '#lib/identity';
import type { ReceiptDraft, Receipts } from '#lib/receipts';
import type { PinnedServer } from '#lib/registry';
import { ACCESS_TOKEN_SECONDS } from './constants.ts';
import { actingAgentUnder } from './decide-admission.ts';
import type { GrantStore } from './store-grants.ts';
import type { SettingsStore } from './store-settings.ts';
import type { IssuedFor, IssueRequest } from './tenant-scope.ts';
import type { GrantRecord } from './types.ts';

export interface IssueDeps {
  readonly database: Database;
  readonly identity: Identity;
  readonly receipts: Receipts;
  readonly settings: SettingsStore;
  readonly grantStore: GrantStore;
  readonly clock: Clock;
}

interface Issue {
  readonly tenant: TenantId;
  readonly server: PinnedServer;
  readonly request: IssueRequest;
}

const REVOKED = 'this authorization was ended or has expired: authorize again';

/** A user's token: its grant lives, its person may act, its client is admitted, its server is there. */
export async function issueForUser(deps: IssueDeps, issue: Issue, id: GrantId): Promise<IssuedFor> {
  const agent = await requireAgent(deps, issue);
  const grant = await deps.grantStore.load(issue.tenant, id);
  if (!grant || grant.mode !== 'user' || grant.person === undefined || !matches(grant, issue)) {
    throw new errors.InvalidGrant(REVOKED);
  }
  const person = await findActivePerson(deps.identity, issue.tenant, grant.person);
  if (!person) throw new errors.InvalidGrant('this person may no longer sign in here');
  await receiptIssue(deps, issue, grant, {
    mode: 'user',
    person,
    clientId: agent.clientId,
    ...ipOf(issue),
  });
  return { grant, subject: person.reference };
}

/** An agent's own token. Its grant is found or made here: nobody consents for an agent but the admin who lists it. */
export async function issueForAgent(deps: IssueDeps, issue: Issue): Promise<IssuedFor> {
  const agent = await requireAgent(deps, issue);
  if (issue.server.credential.agent === undefined) {
    throw new errors.InvalidTarget('this MCP server is not open to agents without a user');
  }
  const now = deps.clock.now();
  const place = { mode: 'agent' as const, clientId: agent.clientId, server: issue.server.id };
  const live = await deps.grantStore.findLive(issue.tenant, place, now + ACCESS_TOKEN_SECONDS * 1000);
  const grant = live ?? (await makeAgentGrant(deps, issue, agent));
  await receiptIssue(deps, issue, grant, {
    mode: 'agent',
    clientId: agent.clientId,
    ...ipOf(issue),
  });
  return { grant, subject: agent.clientId };
}

async function makeAgentGrant(deps: IssueDeps, issue: Issue, agent: Agent): Promise<GrantRecord> {
  const { grantSeconds } = await deps.settings.load(issue.tenant);
  const now = deps.clock.now();
  const grant: GrantRecord = {
    id: newGrantId(),
    mode: 'agent',
    clientId: agent.clientId,
    server: issue.server.id,
    createdAt: now,
    expiresAt: now + Math.max(grantSeconds, ACCESS_TOKEN_SECONDS) * 1000,
  };
  await deps.database
    .tenantDb(issue.tenant)
    .transaction((tx: TenantTransaction) => deps.grantStore.create(tx, issue.tenant, grant));
  return grant;
}

/** The receipt comes first, in one transaction with the proof that the grant still lives. */
async function receiptIssue(
  deps: IssueDeps,
  issue: Issue,
  grant: GrantRecord,
  actor: ReceiptDraft['actor'],
): Promise<void> {
  const now = deps.clock.now();
  const details: JsonObject = {
    event: 'issued',
    grant: grant.id,
    resource: issue.request.resource,
    expires_at: Math.floor(issue.request.expiresAt / 1000),
  };
  await deps.database.tenantDb(issue.tenant).transaction(async (tx: TenantTransaction) => {
    const alive = await deps.grantStore.touch(tx, issue.tenant, grant.id, now);
    if (!alive) throw new errors.InvalidGrant(REVOKED);
    await deps.receipts.stage(tx, issue.tenant, {
      id: uuidV7(now, randomBytes(10)),
      at: now,
      kind: 'token',
      actor,
      server: { id: issue.server.id, urlSha256: issue.server.urlSha256 },
      details,
    });
  });
}

async function requireAgent(deps: IssueDeps, { tenant, request }: Issue): Promise<Agent> {
  const record = await deps.identity.agents.load(tenant, request.clientId as ClientId);
  const { admission } = await deps.settings.load(tenant);
  const agent = record && actingAgentUnder(record, admission);
  if (!agent) {
    throw new errors.UnauthorizedClient('this client is not admitted here: an admin has to admit it');
  }
  return agent;
}

/** An address that nobody knows is left out rather than empty. */
function ipOf({ request }: Issue): { readonly ip?: string } {
  return request.ip === '' ? {} : { ip: request.ip };
}

function matches(grant: GrantRecord, { server, request }: Issue): boolean {
  return grant.server === server.id && grant.clientId === request.clientId;
}

/** Active, and in a group that means something here: past the cache, because a refresh is where leaving must bite. */
export async function findActivePerson(
  identity: Identity,
  tenant: TenantId,
  id: PersonId,
): Promise<Person | undefined> {
  const record = await identity.people.loadFresh(tenant, id);
  return record?.state === 'active' && record.person.roles.length > 0 ? record.person : undefined;
}

export function newGrantId(): GrantId {
  return randomBytes(16).toString('base64url') as GrantId;
}
