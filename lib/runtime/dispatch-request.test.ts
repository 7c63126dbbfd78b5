import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createAddresses } from '#lib/edge';
import { REQUESTS_IN_FLIGHT_MAX, REQUESTS_SHARE_WEIGHT } from './constants.ts';
import { createDispatcher } from './dispatch-request.ts';
import type { HotRoute, ListenOptions, Runtime } from './types.ts';

const HOST = 'localhost:3000';
const refusals: string[] = [];
const handled: string[] = [];
const addresses = createAddresses({
  tenantUrl: `http://${HOST}/t/{tenant}`,
  viewsUrl: 'http://{label}.mcpapps.localhost:3000',
});
/** As much of a process as it takes to see where a request goes: nothing here is ever answered by itself. */
const runtime = {
  addresses,
  config: { trustedProxies: [] },
  internalHeaders: { clientAddress: 'x-internal-client', requestId: 'x-internal-request' },
  telemetry: { requestId: () => 'id' },
  receipts: { refuse: (_tenant: unknown, reason: string) => void refusals.push(reason) },
  identity: {
    tenants: { cachedBySlug: (slug: string) => (slug.startsWith('nobody') ? null : { id: slug }) },
  },
  gateway: { handle: ({ tenant }: { tenant: { id: string } }) => void handled.push(tenant.id) },
} as unknown as Runtime;

function dispatcher({ routes, next }: ListenOptions = { routes: [], next: () => undefined }) {
  const dispatch = createDispatcher(runtime, { routes, next });
  return (method: string, url: string) => {
    const request = { method, url, headers: { host: HOST }, rawHeaders: [], socket: {} };
    const response = Object.assign(new EventEmitter(), {
      status: 0,
      writeHead(status: number) {
        this.status = status;
        return this;
      },
      end: () => undefined,
    });
    dispatch(request as unknown as IncomingMessage, response as unknown as ServerResponse);
    return response;
  };
}

/** The hot routes of `bin/serve.ts`; nobody may come as far as their files. */
function hotRoutes(reached: string[]): readonly HotRoute[] {
  const GET = async (request: Request) => {
    reached.push(request.url);
    return await Promise.resolve(new Response());
  };
  return [
    '/t/[tenant]/oauth/[...path]',
    '/t/[tenant]/mint/jwks',
    '/t/[tenant]/log/[log]/[...path]',
    '/.well-known/[name]/t/[tenant]/[[...path]]',
  ].map((pattern) => ({ pattern, module: { GET, POST: GET } }));
}

describe('another spelling of an address', () => {
  const SPELLINGS = [
    '..%2f',
    '..%2F',
    '%2e%2e/',
    '%2E%2e%2f',
    '..%5c',
    '..%5C',
    '..\\',
    '../',
    '/',
    '%2f',
    '%5c',
    '%252f',
  ];
  const BELOW = ['mcp', 'mcp/ledger', 'oauth', 'oauth/token', 'mint', 'log/1f', 'log/1f/tile'];
  const targets = [
    ...BELOW.flatMap((below) => SPELLINGS.map((spelling) => `/t/acme/${below}/${spelling}`)),
    ...SPELLINGS.map((spelling) => `/.well-known/oauth-protected-resource/t/acme/mcp/${spelling}`),
  ];

  it.each(['ledger', '../other/mcp/ledger', '..%2f..%2fother%2fmcp%2fledger', 'token'])(
    'is 404 before any route, the gateway and Next, with %s behind it',
    (rest) => {
      const reached: string[] = [];
      const next = ({ url }: IncomingMessage) => void reached.push(`next ${url ?? ''}`);
      const send = dispatcher({ routes: hotRoutes(reached), next });
      handled.length = 0;
      for (const target of targets)
        for (const method of ['GET', 'POST']) expect(send(method, target + rest).status, target).toBe(404);
      expect([...reached, ...handled]).toEqual([]);
    },
  );
});

/** Of whoever is alone. */
const SHARE_MAX = (REQUESTS_IN_FLIGHT_MAX * REQUESTS_SHARE_WEIGHT) / (REQUESTS_SHARE_WEIGHT + 1);

describe('the bounded queue in front of everything', () => {
  it('takes so much work of a tenant at once and no more, and takes more when some is done', () => {
    const send = dispatcher();
    const [first] = Array.from({ length: SHARE_MAX }, () => send('POST', '/t/acme/mcp/ledger'));
    expect(send('GET', '/t/acme/connections').status).toBe(503);
    expect(refusals).toEqual(['overloaded']);
    first?.emit('close');
    expect(send('GET', '/t/acme/connections').status).toBe(0);
  });

  it('takes the calls of another tenant while one holds all of its share', () => {
    const send = dispatcher();
    for (let count = 0; count < SHARE_MAX; count += 1) send('POST', '/t/acme/mcp/ledger');
    expect(send('POST', '/t/acme/mcp/ledger').status).toBe(503);
    handled.length = 0;
    expect(send('POST', '/t/other/mcp/ledger').status).toBe(0);
    expect(handled).toEqual(['other']);
  });

  it('is not filled by streams that wait for news', () => {
    const send = dispatcher();
    for (let count = 0; count <= REQUESTS_IN_FLIGHT_MAX; count += 1) send('GET', '/t/acme/mcp/ledger');
    expect(send('POST', '/t/acme/mcp/ledger').status).toBe(0);
    for (let count = 1; count < SHARE_MAX; count += 1) send('POST', '/t/acme/mcp/ledger');
    expect(send('POST', '/t/acme/mcp/ledger').status).toBe(503);
  });

  it('gives no share to each name that somebody makes up', () => {
    const send = dispatcher();
    for (let count = 0; count < SHARE_MAX; count += 1) send('POST', `/t/nobody-${count}/connections`);
    expect(send('POST', '/t/nobody-else/connections').status).toBe(503);
    expect(send('POST', '/t/acme/mcp/ledger').status).toBe(0);
  });
});
