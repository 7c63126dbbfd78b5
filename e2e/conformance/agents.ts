/** Real clients with a bearer token: the official SDK's of both lines. Each can answer what a server may ask. */
import {
  Client as ModernClient,
  StreamableHTTPClientTransport as ModernTransport,
} from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';

/** What the drivers need of a client, whichever line it is of. */
export interface Agent {
  readonly protocolVersion: string | undefined;
  tools(): Promise<readonly { readonly name: string; readonly inputSchema: object }[]>;
  call(name: string, args?: Record<string, unknown>): Promise<ToolAnswer>;
  resources(): Promise<readonly { readonly uri: string }[]>;
  read(uri: string): Promise<unknown>;
  prompts(): Promise<readonly { readonly name: string }[]>;
  prompt(name: string): Promise<unknown>;
  close(): Promise<void>;
}

export interface ToolAnswer {
  readonly isError?: boolean | undefined;
  readonly content: readonly { readonly type: string; readonly text?: string | undefined }[];
}

const INFO = { name: 'conformance-agent', version: '1.0.0' };
const CAPABILITIES = {
  elicitation: { form: { applyDefaults: true } },
  sampling: {},
  roots: { listChanged: true },
};
const ROOTS = { roots: [{ uri: 'file:///home/alice/project', name: 'project' }] };
const MESSAGE = {
  role: 'assistant' as const,
  content: { type: 'text' as const, text: 'Paris' },
  model: 'a-model',
  stopReason: 'endTurn',
};

/** What the user of these clients types: nothing where the form has defaults, and yes where it asks. */
function fillIn(params: object): Record<string, string | boolean> {
  const schema = 'requestedSchema' in params ? (params.requestedSchema as { properties?: object }) : {};
  const fields = Object.entries(schema.properties ?? {}) as [string, { type: string; default?: unknown }][];
  return Object.fromEntries(
    fields
      .filter(
        ([, field]) => field.default === undefined && (field.type === 'boolean' || field.type === 'string'),
      )
      .map(([name, field]) => [name, field.type === 'boolean' ? true : 'typed by Alice']),
  );
}

/** The client of SDK 1.x, for the revisions that have sessions. */
export async function connectLegacy(url: string, token: string): Promise<Agent> {
  const client = new Client(INFO, { capabilities: CAPABILITIES });
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => ({
    action: 'accept',
    content: fillIn(params),
  }));
  client.setRequestHandler(CreateMessageRequestSchema, () => MESSAGE);
  client.setRequestHandler(ListRootsRequestSchema, () => ROOTS);
  const transport = new StreamableHTTPClientTransport(new URL(url), withToken(token));
  // The SDK's transport class declares optional members that exactOptionalPropertyTypes reads more strictly.
  await client.connect(transport as unknown as Parameters<Client['connect']>[0]);
  return {
    protocolVersion: transport.protocolVersion,
    tools: async () => (await client.listTools()).tools,
    call: async (name, args = {}) => (await client.callTool({ name, arguments: args })) as ToolAnswer,
    resources: async () => (await client.listResources()).resources,
    read: async (uri) => await client.readResource({ uri }),
    prompts: async () => (await client.listPrompts()).prompts,
    prompt: async (name) => await client.getPrompt({ name }),
    close: async () => {
      await transport.terminateSession();
      await client.close();
    },
  };
}

/** The client of SDK 2.x: pinned to 2026-07-28, or finding out by itself what the server speaks. */
export async function connectModern(url: string, token: string, mode: 'pinned' | 'auto'): Promise<Agent> {
  const client = new ModernClient(INFO, {
    capabilities: CAPABILITIES,
    versionNegotiation: { mode: mode === 'auto' ? 'auto' : { pin: '2026-07-28' } },
  });
  client.setRequestHandler('elicitation/create', ({ params }) => ({
    action: 'accept',
    content: fillIn(params),
  }));
  client.setRequestHandler('sampling/createMessage', () => MESSAGE);
  client.setRequestHandler('roots/list', () => ROOTS);
  const transport = new ModernTransport(new URL(url), withToken(token));
  await client.connect(transport);
  return {
    protocolVersion: client.getNegotiatedProtocolVersion(),
    tools: async () => (await client.listTools()).tools,
    call: async (name, args = {}) => (await client.callTool({ name, arguments: args })) as ToolAnswer,
    resources: async () => (await client.listResources()).resources,
    read: async (uri) => await client.readResource({ uri }),
    prompts: async () => (await client.listPrompts()).prompts,
    prompt: async (name) => await client.getPrompt({ name }),
    close: async () => await client.close(),
  };
}

function withToken(token: string) {
  return { requestInit: { headers: { authorization: `Bearer ${token}` } } };
}
