import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ok, type Principal } from '#lib/core';
import type { PinnedServer } from '#lib/registry';
import { POOLED_IDLE_MS, POOL_SWEEP_MS } from './constants.ts';
import { createUpstreamPool, type UpstreamPool } from './upstream-pool.ts';

const PRINCIPAL = { tenant: 't', grant: 'g', server: 's', mode: 'agent', agent: {} } as unknown as Principal;
const SERVER = {
  id: 's',
  url: 'http://127.0.0.1:1/',
  urlSha256: 'a',
  timeoutMs: 1_000,
  credential: { agent: 'none' },
} as unknown as PinnedServer;
const OFFER = { capabilities: {}, clientInfo: {} };

let pool: UpstreamPool;
/** Sessions opened and ended, by id. */
let opened: string[];
let ended: (string | undefined)[];
/** Which era the server is found to speak. */
let era: 'session' | 'stateless';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'performance'] });
  opened = [];
  ended = [];
  era = 'session';
  const credential = ok({ writeTo: () => {} });
  pool = createUpstreamPool({
    minting: { warm: async () => await Promise.resolve(), credentialFor: () => credential },
    eras: {
      open: async () => {
        const sessionId = `session ${opened.length}`;
        opened.push(sessionId);
        const session = era === 'stateless' ? { era } : { era, protocolVersion: '2025-11-25', sessionId };
        return await Promise.resolve(ok({ session, result: {} }));
      },
      forget: () => {},
    },
    upstream: {
      ask: async (request: { method: string; session?: { sessionId?: string } }) => {
        if (request.method === 'DELETE') ended.push(request.session?.sessionId);
        return await Promise.resolve(ok(undefined));
      },
    },
    telemetry: { logger: { warn: () => {} } },
  } as unknown as Parameters<typeof createUpstreamPool>[0]);
});

afterEach(async () => {
  vi.useRealTimers();
  await pool.close();
});

async function open(principal = PRINCIPAL, server = SERVER) {
  const pooled = pool.upstreamFor(principal, server, OFFER);
  await pool.open(pooled);
  return pooled;
}

describe('a pooled session', () => {
  it('is opened once for all who wait for it', async () => {
    await Promise.all([open(), open(), open()]);
    expect(opened).toStrictEqual(['session 0']);
  });

  it('is another one for another grant, and at another address', async () => {
    await open();
    await open({ ...PRINCIPAL, grant: 'h' } as Principal);
    await open(PRINCIPAL, { ...SERVER, urlSha256: 'b' });
    expect(opened).toHaveLength(3);
  });

  it('is opened anew once for all who lost it', async () => {
    const pooled = await open();
    const lost = pooled.session!;
    await Promise.all([pool.revive(pooled, lost), pool.revive(pooled, lost)]);
    await pool.revive(pooled, lost);
    expect(opened).toStrictEqual(['session 0', 'session 1']);
  });

  it('is opened for none of those whom a server refused in the era that it says it speaks', async () => {
    era = 'stateless';
    const pooled = await open();
    const lost = pooled.session!;
    const first = await pool.revive(pooled, lost);
    const late = await pool.revive(pooled, lost);
    const contradiction = { ok: false, error: { kind: 'nonsense' } };
    expect([first, late]).toMatchObject([contradiction, contradiction]);
    expect(await pool.open(pooled)).toMatchObject({ ok: true });
  });

  it('is opened for nobody whom a server refused because another has just begun to open it', async () => {
    era = 'stateless';
    const pooled = await open();
    const lost = pooled.session!;
    await pool.revive(pooled, lost);
    const [other, joined] = await Promise.all([pool.open(pooled), pool.revive(pooled, lost)]);
    expect([other, joined]).toMatchObject([{ ok: true }, { ok: false, error: { kind: 'nonsense' } }]);
  });

  it('is there for whoever lost the one before, where another has just begun to open it', async () => {
    const pooled = await open();
    const lost = pooled.session!;
    pooled.session = undefined;
    const both = await Promise.all([pool.open(pooled), pool.revive(pooled, lost)]);
    expect(both).toMatchObject([{ ok: true }, { ok: true }]);
    expect(opened).toStrictEqual(['session 0', 'session 1']);
  });

  it('ends after a while without a request, and not while there is one', async () => {
    const pooled = await open();
    pooled.enter();
    vi.advanceTimersByTime(POOLED_IDLE_MS + POOL_SWEEP_MS);
    await Promise.resolve();
    expect(ended).toStrictEqual([]);
    pooled.leave();
    vi.advanceTimersByTime(POOLED_IDLE_MS + POOL_SWEEP_MS);
    await vi.waitFor(() => expect(ended).toStrictEqual(['session 0']));
    await open();
    expect(opened).toHaveLength(2);
  });

  it('in which a task was made rests until the task may be gone, and outlives its process for other replicas', async () => {
    const pooled = await open();
    const elsewhere = await open({ ...PRINCIPAL, grant: 'h' } as Principal);
    pooled.hasTask(2 * POOLED_IDLE_MS);
    elsewhere.hasTask(null);
    vi.advanceTimersByTime(POOLED_IDLE_MS + POOL_SWEEP_MS);
    await Promise.resolve();
    expect(ended).toStrictEqual([]);
    vi.advanceTimersByTime(2 * POOLED_IDLE_MS);
    await vi.waitFor(() => expect(ended).toStrictEqual(['session 0']));
    await open({ ...PRINCIPAL, grant: 'i' } as Principal);
    await pool.close();
    expect(ended).toStrictEqual(['session 0', 'session 2']);
  });

  it('with tasks ends with the access that it is for all the same', async () => {
    const pooled = await open();
    pooled.hasTask(null);
    pool.revoke({ tenant: 't' as never, kind: 'grant', subject: 'g' });
    await vi.waitFor(() => expect(ended).toStrictEqual(['session 0']));
  });

  it('that a revocation ends is ended once the calls in it are through', async () => {
    const pooled = await open();
    pooled.enter();
    pool.revoke({ tenant: 't' as never, kind: 'grant', subject: 'g' });
    expect(pool.upstreamFor(PRINCIPAL, SERVER, OFFER)).not.toBe(pooled);
    expect(ended).toStrictEqual([]);
    pooled.leave();
    await vi.waitFor(() => expect(ended).toStrictEqual(['session 0']));
  });

  it('that was ended is ended again where a request that came late has opened it anew', async () => {
    const pooled = await open();
    vi.advanceTimersByTime(POOLED_IDLE_MS + POOL_SWEEP_MS);
    await vi.waitFor(() => expect(ended).toStrictEqual(['session 0']));
    pooled.enter();
    await pool.open(pooled);
    pooled.leave();
    await vi.waitFor(() => expect(ended).toStrictEqual(['session 0', 'session 1']));
  });

  it('that a revocation has ended is opened for nobody any more', async () => {
    const pooled = await open();
    pool.revoke({ tenant: 't' as never, kind: 'grant', subject: 'g' });
    await vi.waitFor(() => expect(ended).toStrictEqual(['session 0']));
    expect(await pool.open(pooled)).toMatchObject({ ok: false, error: { kind: 'aborted' } });
    expect(opened).toStrictEqual(['session 0']);
  });

  it('ends with the process', async () => {
    await open();
    await pool.close();
    expect(ended).toStrictEqual(['session 0']);
  });
});
