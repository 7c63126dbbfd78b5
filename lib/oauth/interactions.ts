import { randomBytes } from 'node:crypto';
import { err, ok, uuidV7, type ClientId, type GrantId, type JsonObject, type Result } from '#lib/core';
import type { Database, TenantTransaction } from '#lib/db';
import type { AgentRecord } from '#lib/identity';
import type { ReceiptDraft, Receipts } from '#lib/receipts';
import type { PinnedServer } from '#lib/registry';
import { MCP_SCOPE } from './constants.ts';
import { actingAgentUnder, decideAdmission } from './decide-admission.ts';
import { describeTools } from './describe-tools.ts';
import { interactionProblem, type InteractionProblem } from './errors.ts';
import { isSameBrowser } from './flow-cookies.ts';
import { newGrantId } from './issue-token.ts';
import { isLoopbackRedirect, redirectHostOf } from './redirect-uris.ts';
import type { Payload } from './store.ts';
import type { TenantScope } from './tenant-scope.ts';
import type {
  ConsentDecision,
  ConsentRequest,
  ConsentVisit,
  GrantRecord,
  ListCallableTools,
  OauthSettings,
} from './types.ts';

export interface InteractionDeps {
  readonly database: Database;
  readonly receipts: Receipts;
  readonly callableTools: ListCallableTools;
}

/** An authorization request that waits for its person's answer, with everything it is about looked up. */
interface Pending {
  readonly uid: string;
  readonly payload: Payload;
  readonly returnTo: string;
  readonly redirectUri: string;
  readonly client: AgentRecord;
  readonly server: PinnedServer;
  readonly settings: OauthSettings;
}

type Loaded<Value> = Promise<Result<Value, InteractionProblem>>;

const MODEL = 'Interaction';
const UID = /^[\w-]{16,64}$/;

/**
 * The request under way behind a consent page, if this visit may see it: the browser is the one that started it and
 * the signed-in person is the one it was started for. A link sent to somebody else leads nowhere.
 */
async function loadPending(scope: TenantScope, uid: string, visit: ConsentVisit): Loaded<Pending> {
  const refuse = (kind: InteractionProblem['kind']) => err(interactionProblem(kind));
  const stored = UID.test(uid) ? await scope.payloads.find(MODEL, uid) : undefined;
  if (!stored || Number(stored.payload['exp']) * 1000 <= scope.clock.now()) return refuse('not_found');
  if (!isSameBrowser(scope, visit.cookies, uid)) return refuse('other_browser');
  const session = stored.payload['session'] as { uid?: string; accountId?: string } | undefined;
  if (session?.uid !== visit.session.id || session.accountId !== visit.session.person.id) {
    return refuse('other_person');
  }
  if (visit.session.person.roles.length === 0) return refuse('no_role');
  if (stored.consumedAt !== undefined) return refuse('already_answered');
  const params = stored.payload['params'] as Record<string, unknown>;
  const prompt = stored.payload['prompt'] as { name?: string } | undefined;
  if (prompt?.name !== 'consent') return refuse('not_found');
  const client = await scope.identity.agents.load(scope.tenant.id, String(params['client_id']) as ClientId);
  if (!client) return refuse('client_gone');
  const server = await scope.findServer(String(params['resource']));
  if (!server) return refuse('server_gone');
  return ok({
    uid,
    payload: stored.payload,
    returnTo: String(stored.payload['returnTo']),
    redirectUri: String(params['redirect_uri']),
    client,
    server,
    settings: await scope.settings.load(scope.tenant.id),
  });
}

/** What the consent page shows. */
export async function describeInteraction(
  { callableTools }: InteractionDeps,
  scope: TenantScope,
  uid: string,
  visit: ConsentVisit,
): Loaded<ConsentRequest> {
  const found = await loadPending(scope, uid, visit);
  if (!found.ok) return found;
  const { client, server, settings, redirectUri, payload } = found.value;
  const admission = decideAdmission(client, settings.admission);
  const { client_uri: uri } = client.metadata as { client_uri?: string };
  const { person } = visit.session;
  const principal = {
    tenant: scope.tenant.id,
    tenantSlug: scope.tenant.slug,
    mode: 'user' as const,
    person,
    // As if it were admitted: an admin who is asked to admit it must see what that would mean.
    agent: actingAgentUnder(client, settings.admission) ?? {
      clientId: client.clientId,
      name: client.name,
      admission: 'admitted' as const,
    },
    grant: '' as GrantId,
    server: server.id,
    version: `preview:${visit.session.personVersion}:${client.version}`,
  };
  return ok({
    uid,
    client: {
      id: client.clientId,
      name: client.name,
      origin: client.origin,
      ...(uri === undefined ? {} : { uri }),
    },
    redirectUri,
    redirectHost: redirectHostOf(redirectUri),
    redirectLoopback: isLoopbackRedirect(redirectUri),
    admission,
    mayAdmit: admission === 'pending' && person.roles.includes('admin'),
    server: {
      id: server.id,
      title: server.title,
      resource: scope.addresses.resourceUrl(scope.tenant.slug, server.id),
    },
    scopes: [MCP_SCOPE],
    tools: describeTools(server, await callableTools(principal, server.id)),
    grantExpiresAt: scope.clock.now() + settings.grantSeconds * 1000,
    expiresAt: Number(payload['exp']) * 1000,
  });
}

/** Takes the person's answer, once, with its receipt and its grant in one transaction. */
export async function decideInteraction(
  deps: InteractionDeps,
  scope: TenantScope,
  uid: string,
  decision: ConsentDecision,
  visit: ConsentVisit,
): Loaded<{ readonly redirectTo: string }> {
  const found = await loadPending(scope, uid, visit);
  if (!found.ok) return found;
  const pending = found.value;
  if (decision.effect === 'allow') {
    const admitted = await ensureAdmitted(scope, pending, decision.admit === true, visit);
    if (!admitted.ok) return admitted;
  }
  const grant = decision.effect === 'allow' ? newGrant(scope, pending, visit) : undefined;
  const answered = await deps.database.tenantDb(scope.tenant.id).transaction(async (tx) => {
    const first = await scope.payloads.consumeIn(tx, MODEL, uid, {
      ...pending.payload,
      result: resultOf(grant),
    });
    if (!first) return false;
    if (grant) await scope.grantStore.create(tx, scope.tenant.id, grant);
    await receiptDecision(deps, tx, scope, pending, visit, grant);
    return true;
  });
  if (!answered) return err(interactionProblem('already_answered'));
  if (grant) await scope.identity.agents.keep(scope.tenant.id, pending.client.clientId);
  return ok({ redirectTo: pending.returnTo });
}

function newGrant(
  scope: TenantScope,
  { client, server, settings }: Pending,
  visit: ConsentVisit,
): GrantRecord {
  const now = scope.clock.now();
  return {
    id: newGrantId(),
    mode: 'user',
    person: visit.session.person.id,
    clientId: client.clientId,
    server: server.id,
    createdAt: now,
    expiresAt: now + settings.grantSeconds * 1000,
  };
}

/** What oidc-provider goes on with when the browser comes back. */
function resultOf(grant: GrantRecord | undefined): JsonObject {
  return grant
    ? { consent: { grantId: grant.id } }
    : { error: 'access_denied', error_description: 'the person declined' };
}

/** Nobody can say yes for an agent that is not admitted, but an admin may admit it with the same answer. */
async function ensureAdmitted(
  scope: TenantScope,
  { client, settings }: Pending,
  admit: boolean,
  visit: ConsentVisit,
): Promise<Result<void, InteractionProblem>> {
  const admission = decideAdmission(client, settings.admission);
  if (admission === 'admitted') return ok(undefined);
  if (admission === 'refused' || !admit) return err(interactionProblem('not_admitted'));
  if (!visit.session.person.roles.includes('admin')) return err(interactionProblem('may_not_admit'));
  const admitted = await scope.identity.agents.admit(
    scope.tenant,
    client.clientId,
    'admitted',
    actorOf(visit, client.clientId),
  );
  return admitted.ok ? ok(undefined) : err(interactionProblem('client_gone'));
}

async function receiptDecision(
  { receipts }: InteractionDeps,
  tx: TenantTransaction,
  scope: TenantScope,
  { client, server, redirectUri }: Pending,
  visit: ConsentVisit,
  grant: GrantRecord | undefined,
): Promise<void> {
  const details: JsonObject = {
    event: grant ? 'allowed' : 'declined',
    client_id: client.clientId,
    client_name: client.name,
    redirect_uri: redirectUri,
    resource: scope.addresses.resourceUrl(scope.tenant.slug, server.id),
    scope: MCP_SCOPE,
    ...(grant ? { grant: grant.id, expires_at: Math.floor(grant.expiresAt / 1000) } : {}),
  };
  const now = scope.clock.now();
  await receipts.stage(tx, scope.tenant.id, {
    id: uuidV7(now, randomBytes(10)),
    at: now,
    kind: 'consent',
    actor: actorOf(visit, client.clientId),
    server: { id: server.id, urlSha256: server.urlSha256 },
    details,
  });
}

function actorOf(visit: ConsentVisit, clientId: ClientId): ReceiptDraft['actor'] {
  return {
    mode: 'user',
    person: visit.session.person,
    clientId,
    ...(visit.ip === '' ? {} : { ip: visit.ip }),
  };
}
