/** Agents that call without a pause, and write down what they were told. */
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { canonicalJson, isJsonObject, type Json, type JsonObject } from '#lib/core';
import { postForm } from '../../lib/oauth/testing/drive-client.ts';
import type { Organisation, UserTokens } from '../harness/start-organisation.ts';
import type { CallKind, NamedHead, SentCall, Told } from './journal-types.ts';

const STAMP = 'dev.countersign/receipt';
const PROTOCOL_VERSION = '2025-11-25';
const ANSWER_MS = 20_000;
/** Whoever is refused tries again soon, and not at once. */
const REFUSED_PAUSE_MS = 50;
/** What forbids an entry, and lets everything else pass. */
export const LOAD_POLICIES = {
  'agents-for-users': 'permit (principal is Agent, action, resource) when { context.mode == "user" };',
  engineering: 'permit (principal in Group::"engineering", action, resource in Server::"ledger");',
  'no-entries-in-prod': `@reason("Not in prod.")
forbid (principal, action == Action::"tools/call", resource == Tool::"ledger/post_entry")
when { context.arguments.environment == "prod" };`,
} as const;
export const WAIVED_TOOL = 'read_balance';
/** In turn: most calls are entries, as most calls of agents are of one kind. */
const KINDS: readonly CallKind[] = ['entry', 'waived', 'entry', 'forbidden', 'entry', 'resource', 'prompt'];

export interface Load {
  readonly journal: readonly SentCall[];
  /** Lets the calls under way end, and starts no more. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  readonly acme: Organisation;
  readonly agents: number;
  /** Distinguishes the keys of several loads. */
  readonly name?: string;
  /** Of one replica, under the address of all. */
  readonly port?: number;
}

/** Each agent has a session of its own, and one call under way at a time. */
export async function startLoad({ acme, agents, name = 'call', port }: LoadOptions): Promise<Load> {
  const journal: SentCall[] = [];
  let stopping = false;
  let count = 0;
  const tokens = await acme.userTokens('alice@acme.example');
  const access = createAccess(acme, tokens);
  const target: Target = { url: acme.resource, port };
  const open = Array.from({ length: agents }, async () => await openSession(target, access.token()));
  const sessions = await Promise.all(open);
  const run = async (session: string, agent: number): Promise<void> => {
    for (let turn = agent; !stopping; turn += 1) {
      const kind = KINDS[turn % KINDS.length] ?? 'entry';
      const key = `${name}-${agent}-${(count += 1)}`;
      const sentAt = performance.now();
      const answer = await ask(target, access.token(), session, messageOf(kind, key, count));
      journal.push({ key, kind, sentAt, endedAt: performance.now(), ...answer });
      if (answer.failure?.startsWith('401') === true) await access.renew();
      if (answer.failure !== undefined) await pause(REFUSED_PAUSE_MS);
    }
  };
  const running = Promise.all(sessions.map(run));
  // Whoever waits for the end hears of it; until then nobody does.
  running.catch(() => undefined);
  return {
    journal,
    stop: async () => {
      stopping = true;
      await running;
    },
  };
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

interface Target {
  readonly url: string;
  /** In place of the URL's own. */
  readonly port: number | undefined;
}

interface Access {
  token(): string;
  renew(): Promise<void>;
}

/** A token is good for ten minutes; agents that notice at the same time renew it once. */
function createAccess({ canonicalUrl, resource }: Organisation, first: UserTokens): Access {
  let tokens = first;
  let renewing: Promise<void> | undefined;
  const renew = async () => {
    const { body } = await postForm(`${canonicalUrl}/oauth/token`, {
      grant_type: 'refresh_token',
      client_id: tokens.clientId,
      refresh_token: tokens.refresh,
      resource,
    });
    if (body.access_token === undefined || body.refresh_token === undefined) return;
    tokens = { ...tokens, access: body.access_token, refresh: body.refresh_token };
  };
  return {
    token: () => tokens.access,
    renew: () => (renewing ??= renew().finally(() => (renewing = undefined))),
  };
}

function messageOf(kind: CallKind, key: string, id: number): JsonObject {
  const common = { jsonrpc: '2.0', id };
  const entry = (environment: string) => ({
    ...common,
    method: 'tools/call',
    params: { name: 'post_entry', arguments: { account: key, amount: id, environment } },
  });
  switch (kind) {
    case 'entry':
      return entry('dev');
    case 'forbidden':
      return entry('prod');
    case 'waived':
      return {
        ...common,
        method: 'tools/call',
        params: { name: WAIVED_TOOL, arguments: { account: key } },
      };
    case 'resource':
      return { ...common, method: 'resources/read', params: { uri: `ledger://accounts/${key}` } };
    case 'prompt':
      return {
        ...common,
        method: 'prompts/get',
        params: { name: 'explain_entry', arguments: { entry: key } },
      };
  }
}

/** The key of a call as its upstream got it. */
export function keyOf(params: JsonObject): string {
  const { arguments: given, uri } = params as { readonly arguments?: JsonObject; readonly uri?: string };
  if (uri !== undefined) return uri.slice(uri.lastIndexOf('/') + 1);
  return String(given?.['account'] ?? given?.['entry'] ?? '');
}

type Answered = Pick<SentCall, 'told' | 'failure'>;

async function ask(target: Target, token: string, session: string, message: JsonObject): Promise<Answered> {
  try {
    const { status, body } = await post(target, headersOf(token, session), message);
    const told = status === 200 ? toldIn(body) : undefined;
    return told === undefined ? { failure: `${status} ${body.slice(0, 300)}` } : { told };
  } catch (error) {
    return { failure: (error as Error).message };
  }
}

/** What an answer says under a receipt; undefined for one without. */
function toldIn(body: string): Told | undefined {
  const data = body.startsWith('{') ? body : body.split('\n').findLast((line) => line.startsWith('data: '));
  const message = JSON.parse(data?.replace(/^data: /, '') ?? '{}') as {
    readonly result?: JsonObject;
    readonly error?: { readonly data?: JsonObject };
  };
  const { result, error } = message;
  const meta = (result ?? error?.data)?.['_meta'];
  const stamp = isJsonObject(meta) ? meta[STAMP] : undefined;
  if (!isJsonObject(stamp)) return undefined;
  const head = stamp['log'] as unknown as NamedHead;
  const receipt = String(stamp['id']);
  if (result === undefined) return { receipt, head, as: 'error' };
  if (result['isError'] === true) return { receipt, head, as: 'denied' };
  return { receipt, head, as: 'result', result: unstamped(result) };
}

/** A result as its upstream gave it: without our stamp, and without a `_meta` that held nothing else. */
export function unstamped(result: JsonObject): string {
  const { _meta, ...rest } = result;
  const { [STAMP]: _, ...others } = (_meta ?? {}) as JsonObject;
  return canonicalJson((Object.keys(others).length === 0 ? rest : { ...rest, _meta: others }) as Json);
}

function headersOf(token: string, session?: string): Record<string, string> {
  return {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    authorization: `Bearer ${token}`,
    'mcp-protocol-version': PROTOCOL_VERSION,
    ...(session === undefined ? {} : { 'mcp-session-id': session }),
  };
}

async function openSession(target: Target, token: string): Promise<string> {
  const params = {
    protocolVersion: PROTOCOL_VERSION,
    capabilities: {},
    clientInfo: { name: 'load', version: '1' },
  };
  const opened = await post(target, headersOf(token), {
    jsonrpc: '2.0',
    id: 0,
    method: 'initialize',
    params,
  });
  if (opened.session === undefined) throw new Error(`no session: ${opened.status} ${opened.body}`);
  const confirmed = { jsonrpc: '2.0', method: 'notifications/initialized' };
  await post(target, headersOf(token, opened.session), confirmed);
  return opened.session;
}

/** On a connection of its own: each call may reach another replica, and nothing is sent again by itself. */
async function post(
  { url, port }: Target,
  headers: Readonly<Record<string, string>>,
  message: JsonObject,
): Promise<{ readonly status: number; readonly body: string; readonly session?: string }> {
  return await new Promise((resolve, reject) => {
    const options = {
      method: 'POST',
      headers: { host: new URL(url).host, ...headers },
      agent: false,
      timeout: ANSWER_MS,
      ...(port === undefined ? {} : { port }),
    } as const;
    const outgoing = request(url, options, (answer) => {
      const session = answer.headers['mcp-session-id'];
      text(answer).then(
        (body) =>
          resolve({
            status: answer.statusCode ?? 0,
            body,
            ...(typeof session === 'string' ? { session } : {}),
          }),
        reject,
      );
    });
    outgoing.once('timeout', () => outgoing.destroy(new Error('no answer in time')));
    outgoing.once('error', reject);
    outgoing.end(JSON.stringify(message));
  });
}
