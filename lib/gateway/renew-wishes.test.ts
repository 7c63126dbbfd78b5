import { describe, expect, it } from 'vitest';
import { ok, type Principal } from '#lib/core';
import type { PinnedServer } from '#lib/registry';
import { locateAnswer } from './locate-answer.ts';
import { renewWishes } from './renew-wishes.ts';
import type { SessionUpstream, StatelessUpstream, UpstreamSession } from './session.ts';
import type { UpstreamLink } from './upstream-link.ts';

const SESSION: SessionUpstream = { era: 'session', protocolVersion: '2025-11-25', sessionId: 'new' };
const STATELESS: StatelessUpstream = {
  era: 'stateless',
  protocolVersion: '2026-07-28',
  capabilities: {},
  clientInfo: {},
};
const WISHES = { logLevel: 'warning', subscriptions: ['file:///a', 'file:///gone'] };
const server = { url: 'http://127.0.0.1:9/', timeoutMs: 1_000, credential: {} } as unknown as PinnedServer;

/** What a server was told that takes everything but what is gone, and what of it counts from now on. */
async function renew(lost: UpstreamSession, opened: UpstreamSession) {
  const told: unknown[] = [];
  const upstream: Pick<UpstreamLink, 'ask'> = {
    ask: async ({ body = '' }) => {
      const { id, method, params } = JSON.parse(body) as { id: string; method: string; params: object };
      told.push({ method, params });
      const outcome = body.includes('gone') ? { error: { code: -32_602, message: 'no' } } : { result: {} };
      const bytes = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, ...outcome }));
      return ok({ bytes, layout: locateAnswer(bytes), sessionId: undefined });
    },
  };
  const minting = { credentialFor: () => ok({ writeTo: () => undefined }) } as never;
  const principal = { tenant: 'acme', mode: 'user' } as unknown as Principal;
  return { renewed: await renewWishes({ upstream, minting }, principal, server, lost, opened), told };
}

describe('what an agent wants to hear', () => {
  it.each([
    ['one with sessions', { ...SESSION, ...WISHES }],
    ['one without', { ...STATELESS, ...WISHES }],
  ])('is told a server with sessions that was %s, and counts as far as it takes it', async (_was, lost) => {
    const { renewed, told } = await renew(lost, SESSION);
    expect(told).toStrictEqual([
      { method: 'logging/setLevel', params: { level: 'warning' } },
      { method: 'resources/subscribe', params: { uri: 'file:///a' } },
      { method: 'resources/subscribe', params: { uri: 'file:///gone' } },
    ]);
    expect(renewed).toStrictEqual({ ...SESSION, logLevel: 'warning', subscriptions: ['file:///a'] });
  });

  it('goes with each request to a server that has no sessions any more', async () => {
    const { renewed, told } = await renew({ ...SESSION, ...WISHES }, STATELESS);
    expect(told).toStrictEqual([]);
    expect(renewed).toStrictEqual({ ...STATELESS, ...WISHES });
  });

  it('is nothing where it never said so', async () => {
    const { renewed, told } = await renew(SESSION, SESSION);
    expect([renewed, told]).toStrictEqual([SESSION, []]);
  });
});
