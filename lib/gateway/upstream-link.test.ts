/** What can be told about an answer without the rest of the pipeline: real HTTP, real connection pools. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Principal } from '#lib/core';
import { createEgress, type Egress } from '#lib/net';
import {
  startHostileUpstream,
  type HostileFixture,
  type Misbehaviour,
} from '../../e2e/fixtures/hostile-upstream.ts';
import { HeldBytes } from './held-bytes.ts';
import { Sweeper } from './sweeper.ts';
import { createUpstreamLink, type UpstreamLink } from './upstream-link.ts';
import { ownerOf } from './upstream-owner.ts';
import { confirmUpstream, openUpstream } from './upstream-session.ts';

const BYTES_MAX = 1_000_000;
const held = new HeldBytes(4_000_000);
const sweeper = new Sweeper();
let hostile: HostileFixture;
let egress: Egress;
let link: UpstreamLink;

beforeAll(async () => {
  hostile = await startHostileUpstream();
  egress = createEgress({
    config: {
      tenantUrl: 'http://localhost:1/t/{tenant}',
      environment: 'test',
      egressPrivateHosts: ['127.0.0.1/32'],
      upstreamTimeoutMs: 1_000,
    },
  });
  const noPrograms = {
    send: () => {
      throw new Error('no program is declared here');
    },
    hold: () => () => undefined,
  };
  link = createUpstreamLink(egress, { sweeper, held }, noPrograms);
});

afterAll(async () => {
  await hostile.stop();
  await egress.close();
  sweeper.close();
});

beforeEach(() => hostile.dropSessions());

const credential = {
  kind: 'none' as const,
  writeTo: (headers: string[]) => void headers.push('authorization', 'Bearer ours'),
};

const tenant = 'acme-id';
const owner = ownerOf({
  tenant,
  tenantSlug: 'acme',
  grant: 'grant',
  server: 'hostile',
  agent: { clientId: 'client' },
} as unknown as Principal);

async function call(how: Misbehaviour, id: string | number = 7) {
  const target = { tenant, url: hostile.url(how), timeoutMs: 2_000, credential, owner };
  const opened = await openUpstream(link, target, {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: {},
  });
  if (!opened.ok) throw new Error(opened.error.message);
  await confirmUpstream(link, target, opened.value.session);
  const body = JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'act' } });
  return link.ask(
    {
      ...target,
      session: opened.value.session,
      method: 'POST',
      body,
      expects: 'answer',
      bytesMax: BYTES_MAX,
    },
    1_500,
  );
}

describe('an answer', () => {
  it.each(['fine', 'progress', 'asks-client', 'exact-bytes', 'rpc-error'] as const)(
    'that is %s arrives',
    async (how) => {
      const answer = await call(how);
      expect(answer.ok).toBe(true);
    },
  );

  it.each([
    ['slow', 'aborted', 'did not answer in time'],
    ['hang-up', 'unreachable', 'closed the connection'],
    ['html', 'nonsense', 'text/html'],
    ['broken-json', 'nonsense', 'the end of the text'],
    ['list-result', 'nonsense', 'not an object'],
    ['empty', 'nonsense', 'HTTP 202'],
    ['redirect', 'redirected', 'Redirects are never followed'],
    ['unauthorized', 'unauthorized', 'HTTP 401'],
    ['server-error', 'refused', 'HTTP 500'],
    ['huge', 'too_large', `${BYTES_MAX} bytes`],
    ['huge-event', 'too_large', `${BYTES_MAX} bytes`],
    ['invalid-utf8', 'nonsense', 'not UTF-8'],
    ['duplicate-keys', 'nonsense', 'twice in one object'],
    ['cut-off', 'cut_off', 'ended its stream'],
    ['resumable', 'cut_off', 'ended its stream'],
  ] as const)('that is %s is %s', async (how, kind, words) => {
    const answer = await call(how);
    expect(answer).toMatchObject({ ok: false, error: { kind } });
    expect(answer.ok ? '' : answer.error.message).toContain(words);
  });

  it('leaves nothing of the budget taken', () => {
    expect(held.used).toBe(0);
  });

  it('of a server that is down says what to check', async () => {
    const url = hostile.url('fine').replace(/:\d+/, ':1');
    const opened = await openUpstream(
      link,
      { tenant, url, timeoutMs: 1_000, credential, owner },
      {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: {},
      },
    );
    expect(opened).toMatchObject({ ok: false, error: { kind: 'unreachable' } });
  });
});

describe('an address that the rules of egress forbid', () => {
  it('is a failure with their reason', async () => {
    const opened = await openUpstream(
      link,
      { tenant, url: 'http://169.254.169.254/mcp', timeoutMs: 1_000, credential, owner },
      { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: {} },
    );
    expect(opened).toMatchObject({ ok: false, error: { kind: 'unreachable' } });
    expect(opened.ok ? '' : opened.error.message).toContain('could not be asked');
  });
});

describe('what travels', () => {
  it('is what MCP needs and our own credential, nothing else', async () => {
    await call('fine');
    const { headers } = hostile.calls('tools/call').at(-1) ?? { headers: {} };
    const ours = [
      'accept',
      'authorization',
      'content-length',
      'content-type',
      'mcp-protocol-version',
      'mcp-session-id',
    ];
    expect(Object.keys(headers).sort()).toStrictEqual([...ours, 'connection', 'host'].sort());
  });
});

describe('what can not even be sent', () => {
  const unsendable = {
    kind: 'none' as const,
    writeTo: (headers: string[]) => void headers.push('authorization', 'Bearer \u2603'),
  };
  const url = 'http://127.0.0.1:9/';

  it('is told once the call is there', async () => {
    const heard: string[] = [];
    const told = new Promise<void>((resolve) => {
      const listener = {
        onAnswer: () => undefined,
        onEnd: () => undefined,
        onMessage: () => undefined,
        onHead: () => undefined,
        onFailure: () => {
          heard.push('failure');
          resolve();
        },
      };
      const message = { method: 'GET', expects: 'stream', bytesMax: BYTES_MAX } as const;
      link.send({ tenant, url, session: undefined, credential: unsendable, ...message }, listener);
      heard.push('sent');
    });
    await told;
    expect(heard).toStrictEqual(['sent', 'failure']);
  });

  it('leaves no connection of the transport of 2024-11-05 behind', async () => {
    const target = { url, timeoutMs: 2_000, credential: unsendable, tenant: 'acme-id' };
    expect(await link.channels.open('name', target)).toMatchObject({ ok: false, spoke: false });
  });
});
