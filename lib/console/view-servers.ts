import type { GrantId, JsonObject, Principal, Role, ServerId } from '#lib/core';
import type { PinnedServer } from '#lib/registry';
import type { CallableTool, ServerFacts, ServerRow, ServerView } from './admin-types.ts';
import { connectInstructions } from './connect-instructions.ts';
import { newestReceipt, readerOf } from './reader.ts';
import type { ConsoleDeps, Visitor } from './types.ts';

const SEES_FACTS: readonly Role[] = ['auditor', 'admin'];

/** Every server that serves people; who administers or audits sees those for agents alone, too. */
export async function listServers(deps: ConsoleDeps, visitor: Visitor): Promise<readonly ServerRow[]> {
  const servers = (await deps.registry.list(visitor.tenant.id)).filter((server) => maySee(visitor, server));
  return await Promise.all(
    servers.map(async (server) => ({
      ...rowOf(deps, visitor, server, await callableNames(deps, visitor, server)),
      ...(await lastChangeOf(deps, visitor, server.id)),
    })),
  );
}

/** The servers that the visitor may see, with what they may call there. */
export async function listCallable(
  deps: ConsoleDeps,
  visitor: Visitor,
): Promise<readonly { readonly id: ServerId; readonly tools: readonly string[] }[]> {
  const servers = (await deps.registry.list(visitor.tenant.id)).filter((server) => maySee(visitor, server));
  return await Promise.all(
    servers.map(async (server) => ({
      id: server.id,
      tools: await callableNames(deps, visitor, server),
    })),
  );
}

/** Nothing for whoever may not read receipts of others. */
async function lastChangeOf({ receipts }: ConsoleDeps, visitor: Visitor, server: ServerId) {
  if (!readerOf(visitor).all) return {};
  const lastChange = await newestReceipt(receipts, visitor, { kind: 'admin', server });
  return lastChange === undefined ? {} : { lastChange };
}

/** One server: how to connect to it, and which of its tools today's policy lets this person's agents call. */
export async function viewServer(
  deps: ConsoleDeps,
  visitor: Visitor,
  id: ServerId,
): Promise<ServerView | undefined> {
  const server = await deps.registry.server(visitor.tenant.id, id);
  if (server === undefined || !maySee(visitor, server)) return undefined;
  const callable = await callableNames(deps, visitor, server);
  const row = rowOf(deps, visitor, server, callable);
  return {
    ...row,
    tools: callable.flatMap((name) => {
      const tool = server.tools.get(name);
      return tool === undefined ? [] : [describeTool(name, tool.definition)];
    }),
    toolCount: server.tools.size,
    instructions: connectInstructions({
      name: server.id,
      mcpUrl: row.mcpUrl,
      tokenUrl: `${visitor.tenant.canonicalUrl}/oauth/token`,
    }),
  };
}

function maySee({ session }: Visitor, { credential }: PinnedServer): boolean {
  return credential.user !== undefined || session.person.roles.some((role) => SEES_FACTS.includes(role));
}

/** A server that is closed to people has nothing that a person's agent may call, whatever the policies say. */
async function callableNames(
  { callableTools }: ConsoleDeps,
  visitor: Visitor,
  server: PinnedServer,
): Promise<readonly string[]> {
  if (server.credential.user === undefined) return [];
  const names = await callableTools(previewOf(visitor, server.id), server.id);
  return names.filter((name) => {
    const tool = server.tools.get(name);
    return tool !== undefined && tool.drift === undefined;
  });
}

/** The visitor through some admitted agent: which one is not known yet, so what policy gives a certain agent is not counted. */
function previewOf({ tenant, session }: Visitor, server: ServerId): Principal {
  const clientId = '' as Principal['agent']['clientId'];
  return {
    tenant: tenant.id,
    tenantSlug: tenant.slug,
    mode: 'user',
    person: session.person,
    agent: { clientId, name: '', admission: 'admitted' },
    grant: '' as GrantId,
    server,
    version: `preview:${session.personVersion}`,
  };
}

function rowOf(
  { addresses }: ConsoleDeps,
  { tenant, session }: Visitor,
  server: PinnedServer,
  callable: readonly string[],
): ServerRow {
  const { id, title, credential } = server;
  return {
    id,
    title,
    mcpUrl: addresses.resourceUrl(tenant.slug, id),
    modes: (['user', 'agent'] as const).filter((mode) => credential[mode] !== undefined),
    callable: callable.length,
    ...(session.person.roles.some((role) => SEES_FACTS.includes(role)) ? { admin: factsOf(server) } : {}),
  };
}

function factsOf(server: PinnedServer): ServerFacts {
  const { url, state, credential, waivers, pinnedAt } = server;
  const pins = [server.tools, server.prompts, server.resources, server.templates].flatMap((map) => [
    ...map.values(),
  ]);
  return {
    url,
    transport: url.startsWith('stdio:') ? 'stdio' : 'http',
    state,
    ...(pinnedAt === undefined ? {} : { approvedAt: pinnedAt }),
    credential,
    pinned: pins.length,
    drifted: pins.filter(({ drift }) => drift !== undefined).length,
    waivers: waivers.size,
  };
}

function describeTool(name: string, definition: JsonObject): CallableTool {
  const { title, description } = definition;
  return {
    name,
    ...(typeof title === 'string' ? { title } : {}),
    ...(typeof description === 'string' ? { description } : {}),
  };
}
