import { globSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RESERVED_IDS } from './reserved-ids.ts';

const TENANT = join(import.meta.dirname, '../../app/t/[tenant]');
const PLACES = { server: 'servers', policy: 'policies', agent: 'agents' } as const;

describe('ids that are reserved', () => {
  it.each(Object.entries(PLACES))('of a %s are exactly the folders beside its own', (kind, folder) => {
    const beside = ['(console)', 'api/v1'].flatMap((area) =>
      globSync('*/**/{page.tsx,route.ts}', { cwd: join(TENANT, area, folder) }).map(
        (file) => file.split('/')[0] ?? '',
      ),
    );
    const names = new Set(beside.filter((name) => !name.startsWith('[')));
    expect([...names].toSorted()).toEqual([...RESERVED_IDS[kind as keyof typeof PLACES]]);
  });
});
