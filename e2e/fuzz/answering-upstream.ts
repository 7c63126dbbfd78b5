import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { RawAnswer } from './generate-answer.ts';

/** An MCP server that behaves, but for the calls whose argument `n` names an answer of the fuzzer's. */
export interface AnsweringUpstream {
  readonly url: string;
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

export const TOOL = {
  name: 'act',
  inputSchema: { type: 'object', properties: { n: { type: 'integer' } } },
};

export async function startAnsweringUpstream(): Promise<AnsweringUpstream> {
  const answers = new Map<number, RawAnswer>();
  const arrivals = new Map<number, number>();
  const server = createServer((request, response) => {
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
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
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

function behave({ id, method, params }: Message, request: IncomingMessage, response: ServerResponse): void {
  const results: Readonly<Record<string, object>> = {
    initialize: {
      protocolVersion: params?.protocolVersion,
      capabilities: { tools: {}, resources: { subscribe: true }, prompts: {}, completions: {}, logging: {} },
      serverInfo: { name: 'fuzzed', version: '1' },
    },
    'tools/list': { tools: [TOOL] },
    'prompts/list': { prompts: [] },
    'resources/list': { resources: [] },
    'resources/templates/list': { resourceTemplates: [] },
    'logging/setLevel': {},
    'tools/call': { content: [{ type: 'text', text: 'fine' }] },
  };
  if (request.method !== 'POST') response.writeHead(405).end();
  else if (id === undefined) response.writeHead(202).end();
  else {
    const result = results[method ?? ''];
    const answer = result === undefined ? { error: { code: -32601, message: 'unknown' } } : { result };
    const headers = { 'content-type': 'application/json', 'mcp-session-id': 'fuzzed' };
    response.writeHead(200, headers).end(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
  }
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
