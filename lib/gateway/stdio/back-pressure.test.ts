/** A program that never stops talking, a real one: it waits, and nothing grows here. */
import { afterAll, describe, expect, it } from 'vitest';
import type { Principal } from '#lib/core';
import { createEgress } from '#lib/net';
import { declarePrograms } from '../../stdio/testing/start-programs.ts';
import { HeldBytes } from '../held-bytes.ts';
import { Sweeper } from '../sweeper.ts';
import { createUpstreamLink } from '../upstream-link.ts';
import { ownerOf } from '../upstream-owner.ts';
import { openUpstream } from '../upstream-session.ts';
import type { UpstreamListener } from '../upstream-types.ts';
import { STDIO_UNASKED_BYTES_BURST, STDIO_UNASKED_BYTES_PER_SECOND } from './constants.ts';
import { StdioSessions } from './stdio-sessions.ts';

const MESSAGE = JSON.stringify({
  jsonrpc: '2.0',
  method: 'notifications/message',
  params: { level: 'info', data: 'x'.repeat(1_000) },
});
const HELLO = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  result: { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 'talker', version: '1' } },
});
const args = JSON.stringify(['-c', `read hello; echo '${HELLO}'; exec yes '${MESSAGE}'`]);
const { programs } = declarePrograms(
  `servers: [{name: talker, command: /bin/sh, args: ${args}, tenants: [acme]}]`,
);
const sweeper = new Sweeper();
const held = new HeldBytes(64 * 1024 * 1024);
const sessions = new StdioSessions(programs, { sweeper, held }, 1024 * 1024);
const egress = createEgress({
  config: {
    tenantUrl: 'http://localhost:1/t/{tenant}',
    environment: 'test',
    egressPrivateHosts: [],
    upstreamTimeoutMs: 1_000,
  },
});
const link = createUpstreamLink(egress, { sweeper, held }, sessions);
const credential = { kind: 'none' as const, writeTo: () => undefined };

afterAll(async () => {
  await sessions.close();
  await egress.close();
  sweeper.close();
});

class Listener implements UpstreamListener {
  bytes = 0;
  waiting = 0;
  looks = 0;
  onAnswer(): void {}
  onFailure(): void {}
  onEnd(): void {}
  onHead(): void {}
  onMessage(_message: unknown, data: string): void {
    this.bytes += data.length;
  }
  backlog(): number {
    this.looks += 1;
    return this.waiting;
  }
}

async function listen(grant: string, listener: Listener): Promise<void> {
  const principal = {
    tenant: 'acme-id',
    tenantSlug: 'acme',
    grant,
    server: 'talker',
    agent: { clientId: 'c' },
  };
  const owner = ownerOf(principal as unknown as Principal);
  const { tenant } = owner;
  const target = { tenant, url: 'stdio:talker', timeoutMs: 5_000, credential, owner };
  const handshake = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: {} };
  const opened = await openUpstream(link, target, handshake);
  if (!opened.ok) throw new Error(opened.error.message);
  const { url } = target;
  const request = { tenant, url, session: opened.value.session, credential, method: 'GET' } as const;
  link.send({ ...request, expects: 'stream', bytesMax: 1_000_000 }, listener);
}

describe('a program that never stops talking', () => {
  it('is read no faster than anybody could want it', async () => {
    const listener = new Listener();
    const startedAt = performance.now();
    await listen('fast', listener);
    const wanted = STDIO_UNASKED_BYTES_BURST + 2 * STDIO_UNASKED_BYTES_PER_SECOND;
    await expect.poll(() => listener.bytes, { timeout: 20_000 }).toBeGreaterThan(wanted);
    expect(performance.now() - startedAt).toBeGreaterThan(1_500);
    expect(held.used).toBeLessThan(200_000);
  });

  it('is not read while whoever hears it is slow, and is read on afterwards', async () => {
    const listener = new Listener();
    listener.waiting = 10_000_000;
    await listen('slow', listener);
    await expect.poll(() => listener.looks, { timeout: 5_000 }).toBeGreaterThan(2);
    const { bytes, looks } = listener;
    await expect.poll(() => listener.looks, { timeout: 5_000 }).toBeGreaterThan(looks + 3);
    expect(listener.bytes).toBe(bytes);
    listener.waiting = 0;
    await expect.poll(() => listener.bytes, { timeout: 5_000 }).toBeGreaterThan(bytes);
  });
});
