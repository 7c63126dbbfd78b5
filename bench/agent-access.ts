import { consentingPerson, DemoAgent, REDIRECT_URL } from '../e2e/demo/agent.ts';
import { createBrowser } from '../e2e/fixtures/http-browser.ts';
import type { LoadClient } from './load-types.ts';
import { type BenchServer, PERSON_EMAIL, SERVERS, TOOL_CALL } from './tenant-file.ts';

/** A token older than this is renewed before the next run: it is good for ten minutes. */
const RENEW_AFTER_MS = 5 * 60_000;
const PROTOCOL_VERSION = '2025-11-25';
const ACCEPT = 'application/json, text/event-stream';

/** What an agent of a signed-in person needs to call a server: a token that is good, and sessions. */
export interface AgentAccess {
  /** What `count` connections send, each in a session of its own. */
  clients(server: BenchServer, count: number): Promise<readonly LoadClient[]>;
}

interface Grant {
  readonly agent: DemoAgent;
  readonly sessions: string[];
  accessToken: string;
  renewedAt: number;
}

/** Signs a person in through SSO and lets one agent per server act for them, over HTTP like any agent and browser. */
export async function createAgentAccess(canonicalUrl: string, sessionsMax: number): Promise<AgentAccess> {
  const browser = createBrowser({ stopAt: (url) => url.href.startsWith(REDIRECT_URL) });
  const person = consentingPerson(browser, PERSON_EMAIL, () => undefined);
  const urlOf = (server: BenchServer) => `${canonicalUrl}/mcp/${SERVERS[server]}`;

  const authorize = async (server: BenchServer): Promise<Grant> => {
    const agent = new DemoAgent(person);
    await agent.authorize(urlOf(server), undefined);
    const accessToken = agent.tokens()?.access_token ?? '';
    const sessions: string[] = [];
    while (sessions.length < sessionsMax) sessions.push(await openSession(urlOf(server), accessToken));
    return { agent, sessions, accessToken, renewedAt: Date.now() };
  };
  const grants = new Map<BenchServer, Grant>();

  return {
    clients: async (server, count) => {
      const grant = grants.get(server) ?? (await authorize(server));
      grants.set(server, grant);
      if (Date.now() - grant.renewedAt > RENEW_AFTER_MS) await renew(grant, canonicalUrl, urlOf(server));
      return grant.sessions.slice(0, count).map((session, at) => ({
        headers: headersOf(grant.accessToken, session),
        body: textFor(server, at + 1),
      }));
    },
  };
}

/** What an agent sends with every request. */
export function headersOf(accessToken: string, session?: string): Record<string, string> {
  return {
    'content-type': 'application/json',
    accept: ACCEPT,
    authorization: `Bearer ${accessToken}`,
    'mcp-protocol-version': PROTOCOL_VERSION,
    ...(session === undefined ? {} : { 'mcp-session-id': session }),
  };
}

function textFor(server: BenchServer, id: number): string {
  return server === 'many' ? JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/list' }) : callText(id);
}

/** The measured call. */
export function callText(id: number): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: TOOL_CALL });
}

/** Opens an MCP session and confirms it. Returns its id. */
export async function openSession(url: string, accessToken: string): Promise<string> {
  const params = {
    protocolVersion: PROTOCOL_VERSION,
    capabilities: {},
    clientInfo: { name: 'bench', version: '1' },
  };
  const opened = await fetch(url, {
    method: 'POST',
    headers: headersOf(accessToken),
    body: JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params }),
  });
  const answer = await opened.text();
  const session = opened.headers.get('mcp-session-id');
  if (session === null) throw new Error(`no session was opened: ${opened.status} ${answer}`);
  const confirmed = await fetch(url, {
    method: 'POST',
    headers: headersOf(accessToken, session),
    body: '{"jsonrpc":"2.0","method":"notifications/initialized"}',
  });
  await confirmed.arrayBuffer();
  if (confirmed.status !== 202) throw new Error(`a session was not confirmed: ${confirmed.status}`);
  return session;
}

async function renew(grant: Grant, canonicalUrl: string, resource: string): Promise<void> {
  const response = await fetch(`${canonicalUrl}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: grant.agent.tokens()?.refresh_token ?? '',
      client_id: grant.agent.clientInformation()?.client_id ?? '',
      resource,
    }),
  });
  if (!response.ok) throw new Error(`the token was not renewed: ${response.status} ${await response.text()}`);
  const tokens = (await response.json()) as Parameters<DemoAgent['saveTokens']>[0];
  grant.agent.saveTokens(tokens);
  grant.accessToken = tokens.access_token;
  grant.renewedAt = Date.now();
}
