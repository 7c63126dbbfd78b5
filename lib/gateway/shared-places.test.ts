import { describe, expect, it } from 'vitest';
import type { Database } from '#lib/db';
import type { JsonObject, TenantId } from '#lib/core';
import { CHANNELS_MAX, QUESTIONS_MAX, RELAYS_MAX, SESSION_QUESTIONS_MAX } from './constants.ts';
import { HeldBytes } from './held-bytes.ts';
import type { Parts } from './parts.ts';
import { Questions } from './questions.ts';
import { relayAnswer } from './relay-answer.ts';
import { createReplicaRelay } from './replica-relay.ts';
import type { Session } from './session.ts';
import { SseChannels } from './sse-channels.ts';
import { Sweeper } from './sweeper.ts';

const GREEDY = 'greedy' as TenantId;
const LATER = 'later' as TenantId;

describe('a tenant that takes all it gets leaves places for the next one', () => {
  it('for questions that wait', () => {
    const questions = new Questions();
    const add = (tenant: TenantId, index: number) =>
      questions.add({
        id: `${tenant} ${index}`,
        session: { tenant, hash: `${tenant} ${index}` } as Session,
        problemWith: () => undefined,
        answer: () => {},
      });
    const taken = Array.from({ length: QUESTIONS_MAX }, (_, index) => add(GREEDY, index));
    expect(taken.filter(Boolean).length).toBeLessThan(QUESTIONS_MAX);
    expect(add(LATER, 0)).toBe(true);
  });

  it('for what is brought to other replicas', async () => {
    const put: string[] = [];
    const store = {
      put: (tenant: TenantId) => Promise.resolve(void put.push(tenant)),
      take: () => Promise.resolve(undefined),
      sweep: () => Promise.resolve(0),
    };
    const database = {
      listen: () => Promise.resolve(() => undefined),
      notify: () => Promise.resolve(),
      lease: { hasOthers: () => Promise.resolve(true) },
    } as unknown as Database;
    const holder = { holds: () => false, take: () => Promise.resolve({}) };
    const relay = createReplicaRelay({ database, store, holder, logger: { error: () => undefined } });
    const asked = Array.from({ length: RELAYS_MAX }, () => relay.ask(GREEDY, 'x', {}, 300));
    await expect.poll(() => put.length).toBeGreaterThan(RELAYS_MAX / 2);
    const later = relay.ask(LATER, 'x', {}, 10);
    await Promise.all([...asked, later]);
    expect(put).toContain(LATER);
  });

  it('and one session leaves them for the others of its tenant', async () => {
    const asked: string[] = [];
    const relay = {
      ask: (_tenant: TenantId, _about: string, { session }: JsonObject) => {
        asked.push(String(session));
        return new Promise<undefined>(() => undefined);
      },
    };
    const clock = { now: () => Date.parse('2026-11-27T07:40:00Z') };
    const parts = { relay, clock, questions: new Questions() } as unknown as Parts;
    const answer = async (hash: string, index: number) => {
      const id = `01a21bf1-94a7-7085-9c24-${index.toString(16).padStart(12, '0')}`;
      const known = { tenant: GREEDY, hash } as Session;
      return await relayAnswer(parts, known, id, { member: 'result', value: {} });
    };
    const flood = Array.from({ length: RELAYS_MAX }, (_, index) => answer('flood', index));
    expect(asked).toHaveLength(SESSION_QUESTIONS_MAX);
    expect(await Promise.race(flood)).toBe('unknown');
    void answer('other', 0);
    await expect.poll(() => asked.at(-1)).toBe('other');
  });

  it('for the memory of results that wait', () => {
    const held = new HeldBytes(1_000);
    while (held.take(GREEDY, 10));
    expect(held.used).toBeLessThan(1_000);
    expect(held.take(LATER, 100)).toBe(true);
    const taken = held.used;
    expect(held.take(GREEDY, 10)).toBe(false);
    held.release(LATER, 100);
    expect(held.used).toBe(taken - 100);
  });

  it('for connections of the transport of 2024-11-05', async () => {
    const around = { sweeper: new Sweeper(), held: new HeldBytes(1_000) };
    const nowhere = { dispatcher: { dispatch: () => true }, streams: { dispatch: () => true } };
    const channels = new SseChannels(() => ({ ...nowhere, path: '/' }), around);
    const open = (tenant: TenantId, index: number) =>
      channels.open(`${tenant} ${index}`, {
        url: 'http://127.0.0.1:9/',
        timeoutMs: 10_000,
        credential: { kind: 'none', writeTo: () => undefined } as never,
        tenant,
      });
    const refused = Array.from({ length: CHANNELS_MAX }, (_, index) => open(GREEDY, index)).at(-1);
    expect(await refused).toMatchObject({
      ok: false,
      failure: { message: expect.stringContaining('as may be') },
    });
    const later = await Promise.race([open(LATER, 0), Promise.resolve('is being opened')]);
    expect(later).toBe('is being opened');
    channels.closeAll();
    around.sweeper.close();
  });
});
