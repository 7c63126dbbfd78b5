/** A client of the stateless era by plain HTTP: everything a good one sends, unless a test says otherwise. */
import type { JsonObject } from '#lib/core';
import { send, type RawAnswer } from './mcp-client.ts';

export const VERSION = '2026-07-28';
const NAMED_BY: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/update': 'taskId',
  'tasks/cancel': 'taskId',
};

export interface Extra {
  readonly id?: string | number;
  readonly meta?: JsonObject;
  /** Undefined leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

export class StatelessClient {
  readonly url: string;
  readonly token: string;
  #nextId = 1;

  constructor(url: string, token: string) {
    this.url = url;
    this.token = token;
  }

  request(method: string, params: JsonObject = {}, extra: Extra = {}): Promise<RawAnswer> {
    const { body, headers } = this.#message(method, params, extra);
    return send(this.url, body, headers);
  }

  call(name: string, args: JsonObject = {}, extra: Extra = {}): Promise<RawAnswer> {
    return this.request('tools/call', { name, arguments: args }, extra);
  }

  notify(method: string, params: JsonObject = {}): Promise<RawAnswer> {
    const { body, headers } = this.#message(method, params, {});
    const { id: _id, ...rest } = body;
    return send(this.url, rest, headers);
  }

  /** A response that is read as it comes. */
  async open(
    method: string,
    params: JsonObject,
    extra: Extra = {},
    signal?: AbortSignal,
  ): Promise<OpenStream> {
    const { body, headers } = this.#message(method, params, extra);
    const present = Object.entries(headers).filter((one): one is [string, string] => one[1] !== undefined);
    const accept = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' };
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { ...accept, ...Object.fromEntries(present) },
      body: JSON.stringify(body),
      ...(signal === undefined ? {} : { signal }),
    });
    return new OpenStream(response);
  }

  listen(notifications: JsonObject, extra: Extra = {}): Promise<OpenStream> {
    return this.open('subscriptions/listen', { notifications }, extra);
  }

  #message(method: string, params: JsonObject, { id = this.#nextId++, meta, headers = {} }: Extra) {
    const member = NAMED_BY[method];
    const name = member === undefined ? undefined : params[member];
    return {
      body: { jsonrpc: '2.0', id, method, params: { ...params, _meta: { ...envelope(), ...meta } } },
      headers: {
        authorization: `Bearer ${this.token}`,
        'mcp-protocol-version': VERSION,
        'mcp-method': method,
        ...(typeof name === 'string' ? { 'mcp-name': name } : {}),
        ...headers,
      } as Record<string, string | undefined>,
    };
  }
}

export function envelope(): JsonObject {
  return {
    'io.modelcontextprotocol/protocolVersion': VERSION,
    'io.modelcontextprotocol/clientCapabilities': {},
    'io.modelcontextprotocol/clientInfo': { name: 'stateless', version: '1' },
  };
}

interface StreamMessage {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: JsonObject & { readonly _meta?: JsonObject };
  readonly result?: JsonObject & { readonly _meta?: JsonObject };
  readonly error?: JsonObject;
}

/** The events of a response, as they come. */
export class OpenStream {
  readonly response: Response;
  readonly messages: StreamMessage[] = [];
  /** Resolves once the response has ended, however. */
  readonly ended: Promise<void>;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;

  constructor(response: Response) {
    this.response = response;
    this.#reader = response.body?.getReader();
    this.ended = this.#read().catch(() => undefined);
  }

  get methods(): readonly (string | undefined)[] {
    return this.messages.map(({ method }) => method);
  }

  close(): Promise<void> {
    return this.#reader?.cancel().catch(() => undefined) ?? Promise.resolve();
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    let text = '';
    for (;;) {
      const { value, done } = (await this.#reader?.read()) ?? { done: true, value: undefined };
      text += decoder.decode(value, { stream: true });
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) this.#take(event);
      if (done) return this.#take(text);
    }
  }

  #take(event: string): void {
    const data = event
      .split('\n')
      .filter((line) => line.startsWith('data: '))
      .map((line) => line.slice(6))
      .join('\n');
    const json = data === '' && event.startsWith('{') ? event : data;
    if (json !== '') this.messages.push(JSON.parse(json) as StreamMessage);
  }
}
