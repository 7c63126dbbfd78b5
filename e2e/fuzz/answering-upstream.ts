import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { RawAnswer } from './generate-answer.ts';

/** Two MCP servers that behave, but for the calls whose argument `n` names an answer of the fuzzer's. */
export interface AnsweringUpstream {
  /** One with sessions, and one of the stateless era. */
  readonly urls: { readonly session: string; readonly stateless: string };
  /** Calls that arrived with this `n`. */
  arrived(n: number): number;
  answer(n: number, answer: RawAnswer): void;
  stop(): Promise<void>;
}

interface Message {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: { readonly protocolVersion?: string; readonly arguments?: { readonly n?: unknown } };
}

const STATELESS_PATH = '/stateless';

export const TOOL = {
  name: 'act',
  inputSchema: { type: 'object', properties: { n: { type: 'integer' } } },
};

export async function startAnsweringUpstream(): Promise<AnsweringUpstream> {
  const answers = new Map<number, RawAnswer>();
  const arrivals = new Map<number, number>();
  const server = createServer((request, response) => {
    const behave = request.url === STATELESS_PATH ? behaveStateless : behaveInSession;
    void readBody(request).then((text) => {
      const message = text === '' ? {} : (JSON.parse(text) as Message);
      const n = message.method === 'tools/call' ? message.params?.arguments?.n : undefined;
      const answer = typeof n === 'number' ? answers.get(n) : undefined;
      if (typeof n === 'number') arrivals.set(n, (arrivals.get(n) ?? 0) + 1);
      if (answer === undefined) behave(message, request, response);
      else void writeRaw(request.socket, answer, JSON.stringify(message.id));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    urls: { session: `${origin()}/mcp`, stateless: `${origin()}${STATELESS_PATH}` },
    arrived: (n) => arrivals.get(n) ?? 0,
    answer: (n, answer) => void answers.set(n, answer),
    stop: async () => await close(server),
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const RESULTS: Readonly<Record<string, object>> = {
  'tools/list': { tools: [TOOL] },
  'prompts/list': { prompts: [] },
  'resources/list': { resources: [] },
  'resources/templates/list': { resourceTemplates: [] },
  'logging/setLevel': {},
  'tools/call': { content: [{ type: 'text', text: 'fine' }] },
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
  const { id, method = '', params } = message;
  if (request.method !== 'POST') response.writeHead(405).end();
  else if (id === undefined) response.writeHead(202).end();
  else {
    const opened = { protocolVersion: params?.protocolVersion, capabilities: CAPABILITIES, serverInfo: SELF };
    const result = method === 'initialize' ? opened : RESULTS[method];
    send(response, 200, { jsonrpc: '2.0', id, ...(result === undefined ? UNKNOWN : { result }) });
  }
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
async function writeRaw(socket: Socket, { bytes, pieceBytes, ending }: RawAnswer, id: string): Promise<void> {
  socket.on('error', () => socket.destroy());
  const all = bytes(id);
  const step = pieceBytes === 0 ? Math.max(all.length, 1) : pieceBytes;
  for (let at = 0; at < all.length && !socket.destroyed; at += step) {
    socket.write(all.subarray(at, at + step));
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (ending === 'close') socket.end();
  else if (ending === 'reset') socket.resetAndDestroy();
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
