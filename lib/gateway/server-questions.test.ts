import { describe, expect, it } from 'vitest';
import { err, ok } from '#lib/core';
import type { Parts } from './parts.ts';
import { ServerQuestions } from './server-questions.ts';

describe('an answer to a server', () => {
  it('is sent also where what signs its credential has to be read again: a person may have taken long', async () => {
    let isWarm = false;
    const sent: unknown[] = [];
    const parts = {
      minting: {
        warm: () => Promise.resolve(void (isWarm = true)),
        credentialFor: () => (isWarm ? ok({ writeTo: () => undefined }) : err({ message: 'is cold' })),
      },
      upstream: { ask: ({ body }: { body: string }) => Promise.resolve(void sent.push(JSON.parse(body))) },
      telemetry: { logger: { error: () => undefined } },
    };
    const context = {
      principal: { tenant: 'acme', tenantSlug: 'acme', mode: 'user' },
      server: { url: 'http://127.0.0.1:9/', timeoutMs: 1_000 },
      session: { state: { upstream: { era: 'session', protocolVersion: '2025-11-25' } } },
    };
    const questions = new ServerQuestions(parts as unknown as Parts, () => ({ context }) as never);
    questions.hear({ id: 'still-there', method: 'ping' });
    await expect.poll(() => sent).toStrictEqual([{ jsonrpc: '2.0', id: 'still-there', result: {} }]);
  });
});
