import { join } from 'node:path';
import { withRuntime } from '#lib/runtime';
import { eachOf } from './in-turn.ts';
import type { BenchStack } from './start-stack.ts';
import { agentTenantFile } from './tenant-file.ts';

/** Tenants that are made at a time: more only wait for each other at two cores and one disk. */
const MADE_AT_ONCE = 8;

/**
 * Makes tenants the way `countersign apply` does, in one process instead of one for each: keys, log, first receipts, their
 * server asked for what it offers, policies checked against it. Returns how many seconds that took.
 */
export async function makeTenants(
  { env, upstream }: Pick<BenchStack, 'env' | 'upstream'>,
  slugs: readonly string[],
): Promise<number> {
  return await withRuntime({ ...env, LOG_LEVEL: 'error' }, async ({ manifest }) => {
    const startedAt = performance.now();
    await eachOf(slugs, MADE_AT_ONCE, async (slug) => {
      const applied = await manifest.apply(
        {
          content: agentTenantFile({ upstreamUrl: upstream.url, slug }),
          path: join(env['DATA_DIR'] ?? '', `${slug}.tenant.yaml`),
          origin: 'operator',
          actor: { mode: 'operator', workload: 'cli:bench' },
        },
        { dryRun: false },
      );
      if (!applied.ok) throw new Error(`${slug} was not made: ${JSON.stringify(applied.error)}`);
    });
    return (performance.now() - startedAt) / 1_000;
  });
}
