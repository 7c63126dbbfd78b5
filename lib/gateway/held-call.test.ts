import { describe, expect, it } from 'vitest';
import type { ActFacts } from './act-drafts.ts';
import { HeldCall } from './held-call.ts';
import { HeldCalls } from './held-calls.ts';
import type { Parts } from './parts.ts';
import { Questions } from './questions.ts';
import type { Settlement } from './settle-act.ts';
import { Sweeper } from './sweeper.ts';
import type { Exchange } from './types.ts';

const TENANT = 'acme';
const exchange = { onClose: () => undefined } as unknown as Exchange;

/** A call that is held, with the little of the rest that it touches. */
async function hold() {
  const held = new HeldCalls();
  const sweeper = new Sweeper();
  const parts = {
    held,
    sweeper,
    questions: new Questions(),
    relays: { put: () => Promise.resolve() },
    keys: { seal: () => Promise.resolve(new Uint8Array(1)) },
    clock: { now: () => 0 },
  };
  const settlement = {
    ended: false,
    revoked: false,
    isAttended: true,
    closedAs: 'receipt',
    hold: () => (settlement.isAttended = false),
    attend: () => (settlement.isAttended = true),
    forget: () => undefined,
  };
  const context = {
    tenant: { id: TENANT },
    server: { id: 'asks' },
    session: { single: { pooled: { identity: {} } } },
    message: { id: 1, method: 'tools/call' },
    principal: { agent: {} },
  };
  const facts = { context, subject: {}, arguments: {} };
  const call = new HeldCall(
    parts as unknown as Parts,
    facts as unknown as ActFacts,
    settlement as unknown as Settlement,
  );
  call.ask('question', { method: 'roots/list', params: {} });
  await expect.poll(() => held.has(call.id)).toBe(true);
  sweeper.close();
  return { call, settlement, isKept: () => held.has(call.id) };
}

describe('a call that is held', () => {
  it('is forgotten once its answer was given to whoever waited', async () => {
    const { call, settlement, isKept } = await hold();
    call.resume(exchange, 2, {});
    settlement.ended = true;
    call.sweep(0);
    expect(isKept()).toBe(false);
  });

  it('is kept while somebody may come for its answer', async () => {
    const { call, settlement, isKept } = await hold();
    settlement.ended = true;
    call.sweep(0);
    expect(isKept()).toBe(true);
  });
});
