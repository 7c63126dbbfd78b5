import { describe, expect, it } from 'vitest';
import type { TenantId } from '#lib/core';
import { KeySets, type LoadedKeys } from './key-sets.ts';
import { keyVersions, makeKey } from './wrap-keys.ts';

const TENANT = '0b9f3a52-6f7c-4d5a-9c0e-111111111111' as TenantId;

function fresh(): LoadedKeys {
  return keyVersions([makeKey(TENANT).envelope]);
}

/** A read that ends when the test says so. */
function pending() {
  const { promise, resolve } = Promise.withResolvers<LoadedKeys | undefined>();
  return { read: async () => await promise, resolve };
}

/** Whatever was begun beside has ended. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('keys in memory', () => {
  it('are read once for all who wait', async () => {
    const sets = new KeySets({ now: () => 0 });
    let reads = 0;
    const read = async () => {
      reads += 1;
      return await Promise.resolve(fresh());
    };
    const [one, two] = await Promise.all([sets.load(TENANT, 'data', read), sets.load(TENANT, 'data', read)]);
    expect([reads, one === two]).toEqual([1, true]);
  });

  it('that are destroyed while they are being read are read again, and found to be gone', async () => {
    const sets = new KeySets({ now: () => 0 });
    const { read, resolve } = pending();
    let reads = 0;
    const loading = sets.load(TENANT, 'person/alice', async () => {
      reads += 1;
      return reads === 1 ? await read() : undefined;
    });
    sets.drop(TENANT, 'person/alice');
    resolve(fresh());
    expect(await loading).toBeUndefined();
    expect(reads).toBe(2);
  });

  it('that were handed out before a reload are dropped with the rest', async () => {
    let now = 0;
    const sets = new KeySets({ now: () => now });
    const keys = fresh();
    const read = async () => await Promise.resolve(keys);
    const first = await sets.load(TENANT, 'person/alice', read);
    now = 4 * 60_000;
    const second = await sets.load(TENANT, 'person/alice', read);
    expect(second).not.toBe(first);
    expect(first && sets.isUsable(first)).toBe(true);
    sets.drop(TENANT, 'person/alice');
    expect(first && sets.isUsable(first)).toBe(false);
    expect(second && sets.isUsable(second)).toBe(false);
  });

  it('that are due are renewed beside those who use them, and waited for only in their last minute', async () => {
    let now = 0;
    const sets = new KeySets({ now: () => now });
    const load = async (read: () => Promise<LoadedKeys | undefined>) => await sets.load(TENANT, 'data', read);
    const first = await load(async () => await Promise.resolve(fresh()));
    now = 3 * 60_000;
    expect(await load(() => Promise.reject(new Error('down')))).toBe(first);
    await settled();
    const { read, resolve } = pending();
    expect(await load(read)).toBe(first);
    now = 4 * 60_000;
    const waiting = load(() => Promise.reject(new Error('read twice')));
    const keys = fresh();
    resolve(keys);
    expect((await waiting)?.active).toBe(keys.active);
    now = 8 * 60_000;
    await expect(load(() => Promise.reject(new Error('down')))).rejects.toThrow('down');
  });

  it('that are due and gone are dropped, also for whoever has them in hand', async () => {
    let now = 0;
    const sets = new KeySets({ now: () => now });
    const first = await sets.load(TENANT, 'person/alice', async () => await Promise.resolve(fresh()));
    now = 3 * 60_000;
    const { read, resolve } = pending();
    await sets.load(TENANT, 'person/alice', read);
    resolve(undefined);
    expect(await sets.load(TENANT, 'person/alice', read)).toBe(first);
    await settled();
    expect(first && sets.isUsable(first)).toBe(false);
    expect(
      await sets.load(TENANT, 'person/alice', async () => await Promise.resolve(undefined)),
    ).toBeUndefined();
  });

  it('are not kept when reading them failed', async () => {
    const sets = new KeySets({ now: () => 0 });
    await expect(sets.load(TENANT, 'data', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    expect(await sets.load(TENANT, 'data', async () => await Promise.resolve(fresh()))).toBeDefined();
  });
});
