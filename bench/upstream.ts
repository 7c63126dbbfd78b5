/**
 * The trivial upstream of the benchmark: an MCP server over streamable HTTP that answers at once, so that what is
 * measured is what stands before it. Prints `{"url"}` and runs until its standard input ends.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { furtherServer, MANY_TOOLS } from './tenant-file.ts';

const TOOL = {
  name: 'post_entry',
  description: 'Writes one entry into a ledger.',
  inputSchema: {
    type: 'object',
    properties: {
      account: { type: 'string' },
      amount: { type: 'integer' },
      environment: { type: 'string', enum: ['dev', 'staging', 'prod'] },
    },
    required: ['account', 'amount', 'environment'],
  },
};

const INITIALIZED = {
  protocolVersion: '2025-11-25',
  capabilities: { tools: {} },
  serverInfo: { name: 'bench-upstream', version: '1' },
};

/** What the server at `/many` lists. */
const MANY = Array.from({ length: MANY_TOOLS }, (_, index) => ({
  ...TOOL,
  name: `tool_${index}`,
  description: `Writes entries into ledger ${index}.`,
}));

function resultOf(method: string, path: string | undefined): object {
  if (method === 'initialize') return INITIALIZED;
  if (method === 'tools/list') return { tools: path === '/many' ? MANY : [TOOL] };
  if (method === 'tools/call') return { content: [{ type: 'text', text: 'posted' }] };
  return {};
}

/** What one server has to say outside of calls: nothing, for as long as anybody listens. */
const SAYS_NOTHING = `/${furtherServer(0)}`;

const server = createServer((request, response) => {
  if (request.method === 'GET' && request.url === SAYS_NOTHING) {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    if (request.method !== 'POST') {
      response.writeHead(request.method === 'DELETE' ? 200 : 405).end();
      return;
    }
    const message = JSON.parse(Buffer.concat(chunks).toString()) as { id?: number | string; method: string };
    if (message.id === undefined) {
      response.writeHead(202).end();
      return;
    }
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: message.id,
      result: resultOf(message.method, request.url),
    });
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  });
});

server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp` }));
});
process.stdin.on('end', () => process.exit(0)).resume();
