import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { RawAnswer } from './raw-answer.ts';
import { createSseSide, SSE_PATH } from './sse-side.ts';

/** MCP servers that behave, but where a request names an answer of the fuzzer's, or one was laid ready for the next. */
export interface AnsweringUpstream {
  /** One with sessions, one of the stateless era, one of 2024-11-05, and one with sessions that takes what is laid ready. */
  readonly urls: Readonly<Record<'session' | 'stateless' | 'sse' | 'opening', string>>;
  /** Requests that arrived with this `n`. */
  arrived(n: number): number;
  answer(n: number, answer: RawAnswer): void;
  /** For whatever comes next to `opening`. */
  layReady(answer: RawAnswer): void;
  /** What was laid ready and never fetched is not for whoever comes next: `opening` behaves. */
  clearAway(): void;
  stop(): Promise<void>;
}

interface Message {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: {
    readonly protocolVersion?: string;
    readonly cursor?: unknown;
    readonly uri?: unknown;
    readonly arguments?: { readonly n?: unknown };
    readonly argument?: { readonly value?: unknown };
  };
}

const STATELESS_PATH = '/stateless';
const OPENING_PATH = '/opening';

export const TOOL = {
  name: 'act',
  inputSchema: { type: 'object', properties: { n: { type: 'integer' } } },
};
export const PROMPT = { name: 'say', arguments: [{ name: 'n' }] };
export const URI_PREFIX = 'fuzz://';

export async function startAnsweringUpstream(): Promise<AnsweringUpstream> {
  const answers = new Map<number, RawAnswer>();
  const arrivals = new Map<number, number>();
  const ready: RawAnswer[] = [];
  const answerTo = (path: string | undefined, n: number | undefined) =>
    path === OPENING_PATH ? ready.shift() : n === undefined ? undefined : answers.get(n);
  const sse = createSseSide();
  const server = createServer((request, response) => {
    const taken = sse.take(request, response);
    if (taken === 'answered') return;
    const behave = request.url === STATELESS_PATH ? behaveStateless : behaveInSession;
    readBody(request).then(
      (text) => {
        const message = text === '' ? {} : (JSON.parse(text) as Message);
        const n = numberOf(message);
        if (n !== undefined) arrivals.set(n, (arrivals.get(n) ?? 0) + 1);
        const answer = answerTo(request.url, n);
        const id = JSON.stringify(message.id);
        if (taken === 'not for it' && answer === undefined) behave(message, request, response);
        else if (taken === 'not for it') void writeRaw(request.socket, answer as RawAnswer, id);
        else if (answer !== undefined) void sse.write(request, answer, id);
        else if (message.id !== undefined) sse.say(request, replyInSession(message));
      },
      () => undefined,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    urls: {
      session: `${origin()}/mcp`,
      stateless: `${origin()}${STATELESS_PATH}`,
      sse: `${origin()}${SSE_PATH}`,
      opening: `${origin()}${OPENING_PATH}`,
    },
    arrived: (n) => arrivals.get(n) ?? 0,
    answer: (n, answer) => void answers.set(n, answer),
    layReady: (answer) => void ready.push(answer),
    clearAway: () => void ready.splice(0),
    stop: async () => await close(server),
  };
}

/** Wherever a request of its method may carry it. */
function numberOf({ params }: Message): number | undefined {
  const { uri, cursor, argument } = params ?? {};
  const inUri =
    typeof uri === 'string' && uri.startsWith(URI_PREFIX) ? uri.slice(URI_PREFIX.length) : undefined;
  const carried = params?.arguments?.n ?? argument?.value ?? inUri ?? cursor;
  const n = typeof carried === 'string' && carried !== '' ? Number(carried) : carried;
  return typeof n === 'number' && Number.isInteger(n) ? n : undefined;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const RESULTS: Readonly<Record<string, object>> = {
  'tools/list': { tools: [TOOL] },
  'prompts/list': { prompts: [PROMPT] },
  'resources/list': { resources: [] },
  'resources/templates/list': { resourceTemplates: [] },
  'logging/setLevel': {},
  'tools/call': { content: [{ type: 'text', text: 'fine' }] },
  'prompts/get': { messages: [] },
  'resources/read': { contents: [] },
  'completion/complete': { completion: { values: [] } },
};
const CAPABILITIES = {
  tools: {},
  resources: { subscribe: true },
  prompts: {},
  completions: {},
  logging: {},
};
const SELF = { name: 'fuzzed', version: '1' };
const UNKNOWN = { error: { code: -32601, message: 'this method is not known' } };

function behaveInSession(message: Message, request: IncomingMessage, response: ServerResponse): void {
  if (request.method !== 'POST') response.writeHead(405).end();
  else if (message.id === undefined) response.writeHead(202).end();
  else send(response, 200, replyInSession(message));
}

function replyInSession({ id, method = '', params }: Message): object {
  const opened = { protocolVersion: params?.protocolVersion, capabilities: CAPABILITIES, serverInfo: SELF };
  const result = method === 'initialize' ? opened : RESULTS[method];
  return { jsonrpc: '2.0', id, ...(result === undefined ? UNKNOWN : { result }) };
}

function behaveStateless(message: Message, request: IncomingMessage, response: ServerResponse): void {
  const { id, method = '' } = message;
  if (request.method !== 'POST') response.writeHead(405).end();
  else if (id === undefined) response.writeHead(202).end();
  else {
    const discovered = { supportedVersions: ['2026-07-28'], capabilities: CAPABILITIES };
    const found = method === 'server/discover' ? discovered : RESULTS[method];
    const result = found && {
      resultType: 'complete',
      ttlMs: 1_000,
      cacheScope: 'private',
      ...found,
      _meta: { 'io.modelcontextprotocol/serverInfo': SELF },
    };
    send(response, result === undefined ? 404 : 200, {
      jsonrpc: '2.0',
      id,
      ...(result === undefined ? UNKNOWN : { result }),
    });
  }
}

function send(response: ServerResponse, status: number, message: object): void {
  const headers = { 'content-type': 'application/json', 'mcp-session-id': 'fuzzed' };
  response.writeHead(status, headers).end(JSON.stringify(message));
}

/** Past Node's own idea of a response: these bytes and no others. */
async function writeRaw(socket: Socket, answer: RawAnswer, id: string): Promise<void> {
  const { bytes, pieceBytes, pauseMs, ending } = answer;
  socket.on('error', () => socket.destroy());
  const all = bytes(id);
  const step = pieceBytes === 0 ? Math.max(all.length, 1) : pieceBytes;
  for (let at = 0; at < all.length && !socket.destroyed; at += step) {
    socket.write(all.subarray(at, at + step));
    await (pauseMs === undefined ? setImmediate() : setTimeout(pauseMs));
  }
  if (ending === 'close') socket.end();
  else if (ending === 'reset') socket.resetAndDestroy();
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
