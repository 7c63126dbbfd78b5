/** An upstream whose every answer a test writes itself, down to the bytes. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '#lib/core';

export interface Received {
  readonly httpMethod: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly message: RpcIn;
}

interface RpcIn {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
}

export type Script = (received: Received, response: ServerResponse) => void;

export interface ScriptedUpstream {
  readonly url: string;
  readonly received: readonly Received[];
  /** How requests of this JSON-RPC method (or, of a GET, `GET`) are answered from now on. */
  on(method: string, script: Script): void;
  /** Requests whose body mentions a text. */
  mentioning(text: string): readonly Received[];
  stop(): Promise<void>;
}

export const TOOL = { name: 'act', inputSchema: { type: 'object', properties: { n: { type: 'integer' } } } };

/** What a server of the stateless era says of itself. */
export const DISCOVERED = {
  resultType: 'complete',
  supportedVersions: ['2026-07-28'],
  capabilities: { tools: {} },
  ttlMs: 0,
  cacheScope: 'private',
};

/** Initialize, lists and notifications are answered well unless a test says otherwise. */
export async function startScriptedUpstream(): Promise<ScriptedUpstream> {
  const received: Received[] = [];
  const scripts = new Map<string, Script>(Object.entries(WELL_BEHAVED));
  const http = createServer((request, response) => {
    void readBody(request).then((body) => {
      const message = (body === '' ? {} : JSON.parse(body)) as RpcIn;
      const one = { httpMethod: request.method ?? '', headers: request.headers, body, message };
      received.push(one);
      const script = scripts.get(request.method === 'GET' ? 'GET' : (message.method ?? ''));
      if (message.id === undefined && request.method === 'POST') response.writeHead(202).end();
      else if (script !== undefined) script(one, response);
      else response.writeHead(request.method === 'GET' ? 405 : 202).end();
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    received,
    on: (method, script) => void scripts.set(method, script),
    mentioning: (text) => received.filter(({ body }) => body.includes(text)),
    stop: () =>
      new Promise((resolve) => {
        http.closeAllConnections();
        http.close(() => resolve());
      }),
  };
}

/** A JSON answer whose result is this text. */
export function answerWith(result: string): Script {
  return ({ message }, response) => {
    const body = `{"jsonrpc":"2.0","id":${JSON.stringify(message.id)},"result":${result}}`;
    response.writeHead(200, { 'content-type': 'application/json' }).end(body);
  };
}

/** Opens a session of this id, in the revision that was asked for. */
export function initializeWith(capabilities: JsonObject, session = 'scripted-session'): Script {
  return (received, response) => {
    response.setHeader('mcp-session-id', session);
    const protocolVersion = received.message.params?.['protocolVersion'];
    const serverInfo = { name: 'scripted', version: '1' };
    answerWith(JSON.stringify({ protocolVersion, capabilities, serverInfo }))(received, response);
  };
}

/** A stream of these events, each the text after `data: `, and then the end. */
export function streamOf(events: (received: Received) => readonly string[]): Script {
  return (received, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(
      events(received)
        .map((data) => `data: ${data}\n\n`)
        .join(''),
    );
  };
}

export function resultEvent({ message }: Received, result = '{"content":[]}'): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(message.id)},"result":${result}}`;
}

const WELL_BEHAVED: Readonly<Record<string, Script>> = {
  initialize: initializeWith({ tools: {}, resources: { subscribe: true }, prompts: {}, completions: {} }),
  'tools/list': answerWith(JSON.stringify({ tools: [TOOL] })),
  'prompts/list': answerWith('{"prompts":[]}'),
  'resources/list': answerWith('{"resources":[]}'),
  'resources/templates/list': answerWith('{"resourceTemplates":[]}'),
  'tools/call': answerWith('{"content":[]}'),
};

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
