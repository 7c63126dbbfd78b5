import { beforeEach, describe, expect, it } from 'vitest';
import { err, ok } from '#lib/core';
import { PING_ANSWERS_MAX } from './constants.ts';
import type { Parts } from './parts.ts';
import { ServerQuestions } from './server-questions.ts';

let isWarm: boolean;
/** Bodies of the answers that the server was sent. */
let sent: unknown[];
/** The server has taken all of them. */
let take: () => void;
let questions: ServerQuestions;

beforeEach(() => {
  isWarm = false;
  sent = [];
  take = () => undefined;
  const parts = {
    minting: {
      warm: () => Promise.resolve(void (isWarm = true)),
      credentialFor: () => (isWarm ? ok({ writeTo: () => undefined }) : err({ message: 'is cold' })),
    },
    upstream: {
      ask: ({ body }: { body: string }) => {
        sent.push(JSON.parse(body));
        const before = take;
        return new Promise<void>((resolve) => {
          take = () => {
            before();
            resolve();
          };
        });
      },
    },
    telemetry: { logger: { error: () => undefined } },
  };
  const context = {
    principal: { tenant: 'acme', tenantSlug: 'acme', mode: 'user' },
    server: { url: 'http://127.0.0.1:9/', timeoutMs: 1_000 },
    session: { state: { upstream: { era: 'session', protocolVersion: '2025-11-25' } } },
  };
  questions = new ServerQuestions(parts as unknown as Parts, () => ({ context }) as never);
});

describe('an answer to a server', () => {
  it('is sent also where what signs its credential has to be read again: a person may have taken long', async () => {
    questions.hear({ id: 'still-there', method: 'ping' });
    await expect.poll(() => sent).toStrictEqual([{ jsonrpc: '2.0', id: 'still-there', result: {} }]);
  });
});

describe('a flood of pings', () => {
  it('is answered so many at a time, however slow the server is to take the answers', async () => {
    for (let id = 0; id < 1_000; id += 1) expect(questions.hear({ id, method: 'ping' })).toBe(true);
    await expect.poll(() => sent.length).toBe(PING_ANSWERS_MAX);
    take();
    await expect
      .poll(() => {
        questions.hear({ id: 'again', method: 'ping' });
        return sent.length;
      })
      .toBeGreaterThan(PING_ANSWERS_MAX);
  });
});
