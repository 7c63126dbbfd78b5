/** Clients for the tests: the official SDK's, and plain HTTP for what it never sends. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JsonObject } from '#lib/core';

export interface Connected {
  readonly client: Client;
  readonly transport: StreamableHTTPClientTransport;
}

export async function connect(url: string, token: string): Promise<Connected> {
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { authorization: `Bearer ${token}` } },
  });
  const client = new Client(
    { name: 'test-agent', version: '1' },
    { capabilities: { sampling: {}, roots: {} } },
  );
  await client.connect(transport as Transport);
  return { client, transport };
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The JSON body, or the last message of an event stream. */
  readonly body: RpcBody;
}

export interface RpcBody {
  readonly id?: unknown;
  readonly result?: JsonObject & {
    readonly _meta?: JsonObject;
    readonly isError?: boolean;
    readonly content?: { readonly text: string }[];
  };
  readonly error?: { readonly code: number; readonly message: string; readonly data?: JsonObject };
}

const STAMP = 'dev.countersign/receipt';

/** One request, with everything a good client sends unless `headers` says otherwise (undefined leaves one out). */
export async function send(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string | undefined>> = {},
  method = 'POST',
): Promise<RawAnswer> {
  const all: Record<string, string | undefined> = {
    accept: 'application/json, text/event-stream',
    ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
    ...headers,
  };
  const present = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(url, {
    method,
    headers: Object.fromEntries(present),
    redirect: 'manual',
    ...(method === 'POST' ? { body: body instanceof Uint8Array ? Buffer.from(body) : text } : {}),
  });
  const answered = await response.text();
  return { status: response.status, headers: response.headers, text: answered, body: bodyOf(answered) };
}

function bodyOf(text: string): RpcBody {
  const data = text.startsWith('{')
    ? text
    : text
        .split('\n')
        .findLast((line) => line.startsWith('data: '))
        ?.slice(6);
  return data === undefined || data === '' ? {} : (JSON.parse(data) as RpcBody);
}

/** A session by plain HTTP. */
export class RawSession {
  readonly url: string;
  readonly headers: Record<string, string>;
  #nextId = 1;

  private constructor(url: string, headers: Record<string, string>) {
    this.url = url;
    this.headers = headers;
  }

  static async open(url: string, token: string): Promise<RawSession> {
    const authorization = `Bearer ${token}`;
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'raw', version: '1' },
    };
    const opened = await send(
      url,
      { jsonrpc: '2.0', id: 0, method: 'initialize', params },
      { authorization },
    );
    const id = opened.headers.get('mcp-session-id');
    if (id === null) throw new Error(`no session: ${opened.status} ${opened.text}`);
    const session = new RawSession(url, {
      authorization,
      'mcp-session-id': id,
      'mcp-protocol-version': '2025-11-25',
    });
    await session.notify('notifications/initialized');
    return session;
  }

  request(method: string, params?: unknown, id: unknown = this.#nextId++): Promise<RawAnswer> {
    return send(
      this.url,
      { jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) },
      this.headers,
    );
  }

  notify(method: string, params?: unknown): Promise<RawAnswer> {
    return send(
      this.url,
      { jsonrpc: '2.0', method, ...(params === undefined ? {} : { params }) },
      this.headers,
    );
  }

  call(name: string, args: unknown = {}, meta?: JsonObject): Promise<RawAnswer> {
    return this.request('tools/call', {
      name,
      arguments: args,
      ...(meta === undefined ? {} : { _meta: meta }),
    });
  }
}

/** The receipt that an answer names, wherever it stands. */
export function stampOf({ result, error }: RpcBody): { readonly id: string; readonly log: JsonObject } {
  const meta = result?._meta ?? (error?.data?.['_meta'] as JsonObject | undefined);
  return meta?.[STAMP] as unknown as { id: string; log: JsonObject };
}
