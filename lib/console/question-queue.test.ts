import { describe, expect, it } from 'vitest';
import type { TenantId } from '#lib/core';
import { createQuestionQueue, TooManyQuestions } from './question-queue.ts';

const ACME = 'acme' as TenantId;
const BETA = 'beta' as TenantId;

describe('a tenant’s questions', () => {
  it('are answered one after the other, also after one that failed', async () => {
    const ask = createQuestionQueue(2);
    const order: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const first = ask(ACME, async () => {
      order.push('first begins');
      await promise;
      order.push('first ends');
      throw new Error('a defect');
    });
    const second = ask(ACME, async () => await Promise.resolve(order.push('second')));
    resolve();
    await expect(first).rejects.toThrow('a defect');
    await second;
    expect(order).toEqual(['first begins', 'first ends', 'second']);
  });

  it('wait in a line that has an end, and not for those of another tenant', async () => {
    const ask = createQuestionQueue(1);
    const { promise, resolve } = Promise.withResolvers<string>();
    const [running, waiting] = [ask(ACME, () => promise), ask(ACME, () => promise)];
    await expect(ask(ACME, () => promise)).rejects.toThrow(TooManyQuestions);
    expect(await ask(BETA, async () => await Promise.resolve('answered'))).toBe('answered');
    resolve('done');
    expect(await Promise.all([running, waiting])).toEqual(['done', 'done']);
    expect(await ask(ACME, async () => await Promise.resolve('again'))).toBe('again');
  });
});
