import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createAddresses } from '#lib/edge';
import { REQUESTS_IN_FLIGHT_MAX } from './constants.ts';
import { createDispatcher } from './dispatch-request.ts';
import type { Runtime } from './types.ts';

const HOST = 'localhost:3000';
const refusals: string[] = [];
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
  identity: { tenants: { cachedBySlug: () => ({ id: 'acme' }) } },
  gateway: { handle: () => undefined },
} as unknown as Runtime;

function dispatcher() {
  const dispatch = createDispatcher(runtime, { routes: [], next: () => undefined });
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

describe('the bounded queue in front of everything', () => {
  it('takes so much work at once and no more, and takes more when some is done', () => {
    const send = dispatcher();
    const [first] = Array.from({ length: REQUESTS_IN_FLIGHT_MAX }, () => send('POST', '/t/acme/mcp/ledger'));
    expect(send('GET', '/t/acme/connections').status).toBe(503);
    expect(refusals).toEqual(['overloaded']);
    first?.emit('close');
    expect(send('GET', '/t/acme/connections').status).toBe(0);
  });

  it('is not filled by streams that wait for news', () => {
    const send = dispatcher();
    for (let count = 0; count <= REQUESTS_IN_FLIGHT_MAX; count += 1) send('GET', '/t/acme/mcp/ledger');
    expect(send('POST', '/t/acme/mcp/ledger').status).toBe(0);
    for (let count = 1; count < REQUESTS_IN_FLIGHT_MAX; count += 1) send('GET', '/x/mcp/ledger');
    expect(send('GET', '/x/mcp/ledger').status).toBe(503);
  });
});
