/** Clients for the tests: the official SDK's, and plain HTTP for what it never sends. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { ClientCapabilities } from '@modelcontextprotocol/sdk/types.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JsonObject } from '#lib/core';

export interface Connected {
  readonly client: Client;
  readonly transport: StreamableHTTPClientTransport;
}

export async function connect(
  url: string,
  token: string,
  capabilities: ClientCapabilities = { sampling: {}, roots: {} },
): Promise<Connected> {
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { authorization: `Bearer ${token}` } },
  });
  const client = new Client({ name: 'test-agent', version: '1' }, { capabilities });
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

/** Messages of an event stream, or the one of a JSON answer, in order. */
export class MessageStream {
  readonly status: number;
  readonly contentType: string;
  #messages: AsyncIterator<StreamedMessage>;
  #stop: () => Promise<unknown>;

  constructor(response: Response) {
    this.status = response.status;
    this.contentType = response.headers.get('content-type') ?? '';
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    this.#stop = () => reader.cancel();
    this.#messages = messagesOf(reader, this.contentType);
  }

  async next(): Promise<StreamedMessage> {
    const { done, value } = await this.#messages.next();
    if (done === true) throw new Error('the stream has ended');
    return value;
  }

  /** The next message with this method, whatever comes before it. */
  async nextOf(method: string): Promise<StreamedMessage> {
    for (;;) {
      const message = await this.next();
      if (message.method === method) return message;
    }
  }

  /** The JSON-RPC response, whatever comes before it. */
  async answer(): Promise<RpcBody> {
    for (;;) {
      const message = await this.next();
      if (message.method === undefined) return message;
    }
  }

  close(): Promise<unknown> {
    return this.#stop();
  }
}

export interface StreamedMessage extends RpcBody {
  readonly method?: string;
  readonly params?: JsonObject;
  /** The event's id. */
  readonly eventId?: string;
}

async function* messagesOf(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  contentType: string,
): AsyncGenerator<StreamedMessage> {
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
    if (!contentType.startsWith('text/event-stream')) continue;
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const lines = event.split('\n');
      const data = lines.filter((line) => line.startsWith('data: ')).map((line) => line.slice(6));
      const eventId = lines.find((line) => line.startsWith('id: '))?.slice(4);
      if (data.length === 0) continue;
      yield {
        ...(JSON.parse(data.join('\n')) as StreamedMessage),
        ...(eventId === undefined ? {} : { eventId }),
      };
    }
  }
  if (text.startsWith('{')) yield JSON.parse(text) as StreamedMessage;
}

const BOTH = 'application/json, text/event-stream';

/** A session by plain HTTP. */
export class RawSession {
  readonly url: string;
  readonly headers: Record<string, string>;
  #nextId = 1;

  constructor(url: string, headers: Record<string, string>) {
    this.url = url;
    this.headers = headers;
  }

  static async open(url: string, token: string, capabilities: JsonObject = {}): Promise<RawSession> {
    const authorization = `Bearer ${token}`;
    const params = {
      protocolVersion: '2025-11-25',
      capabilities,
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

  /** The client's response to a request of the server. */
  respond(
    id: unknown,
    outcome: { readonly result: unknown } | { readonly error: unknown },
  ): Promise<RawAnswer> {
    return send(this.url, { jsonrpc: '2.0', id, ...outcome }, this.headers);
  }

  /** A request whose messages a test reads one by one, as they come. */
  async stream(method: string, params: unknown, id: unknown = this.#nextId++): Promise<MessageStream> {
    const headers = { ...this.headers, 'content-type': 'application/json', accept: BOTH };
    const body = JSON.stringify({ jsonrpc: '2.0', id, method, params });
    return new MessageStream(await fetch(this.url, { method: 'POST', headers, body }));
  }

  /** The session's own stream. */
  async listen(headers: Record<string, string> = {}): Promise<MessageStream> {
    const all = { ...this.headers, accept: 'text/event-stream', ...headers };
    return new MessageStream(await fetch(this.url, { headers: all }));
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
