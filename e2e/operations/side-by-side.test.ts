import { describe, expect, it } from 'vitest';
import { startInstance } from '../harness/start-instance.ts';

describe('two instances', () => {
  it('started at the same moment, each with its own port and data folder, do not notice each other', async () => {
    const started = await Promise.allSettled([startInstance(), startInstance()]);
    const instances = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    try {
      expect(started.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
      expect(new Set(instances.map(({ metricsUrl }) => metricsUrl)).size).toBe(2);
      expect(new Set(instances.map((each) => each.postgresPid())).size).toBe(2);
      for (const { origin, metricsUrl } of instances) {
        expect((await fetch(`${origin}/readyz`)).status).toBe(200);
        expect((await fetch(metricsUrl)).status).toBe(200);
      }
      const [first, second] = instances;
      expect(await first?.terminate()).toBe(0);
      expect((await fetch(`${second?.origin}/readyz`)).status).toBe(200);
    } finally {
      for (const each of instances) await each.stop();
    }
  }, 120_000);
});
