/**
 * Manifest on real parts: PostgreSQL, keys, vault, log, identity, registry, policy and the authorization server. What
 * the tenant's servers list is given by the test (reading them is the gateway's, and tested there).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { err, ok, type JsonObject, type TenantSlug } from '#lib/core';
import { createAddresses } from '#lib/edge';
import { createPolicy } from '#lib/policy';
import { createTestDatabase } from '../../../e2e/harness/index.ts';
import { buildModules } from '../../oauth/testing/build-modules.ts';
import { createManifest } from '../create-manifest.ts';
import type { ApplyOptions } from '../types.ts';

const ACTOR = { mode: 'operator', workload: 'cli:test' } as const;
const CONFIG = {
  tenantUrl: 'http://localhost:3000/t/{tenant}',
  environment: 'test',
} as const;

export async function setUp({
  environment: kind = 'test',
}: { readonly environment?: 'test' | 'production' } = {}) {
  const test = await createTestDatabase({ poolSize: 8 });
  const { database } = test;
  const folder = await mkdtemp(join(tmpdir(), 'countersign-manifest-'));
  const addresses = createAddresses({ ...CONFIG, viewsUrl: 'http://{label}.mcpapps.localhost:3000' });
  const modules = await buildModules(database, addresses, folder, []);
  const { identity, oauth, receipts, registry, vault } = modules;
  const policy = await createPolicy({ database, ...modules });
  const environment: Record<string, string> = {};
  /** Tools by server; a server that is not here can't be reached. */
  const listed = new Map<string, readonly JsonObject[]>();
  const manifest = createManifest({
    database,
    config: { ...CONFIG, environment: kind },
    environment,
    addresses,
    identity,
    oauth,
    registry,
    policy,
    receipts,
    minting: { warm: async () => await Promise.resolve(), registrationProblems: () => [] },
    gateway: {
      async readDefinitions(_tenant, { id }) {
        const tools = listed.get(id);
        const empty = { serverInfo: {}, protocolVersion: '2025-11-25', capabilities: {} };
        return await Promise.resolve(
          tools === undefined
            ? err({ kind: 'unreachable' as const, message: 'nobody answers' })
            : ok({ ...empty, tools, prompts: [], resources: [], templates: [] }),
        );
      },
    },
  });
  const admin = { all: true, actor: ACTOR } as const;
  return {
    database,
    environment,
    identity,
    listed,
    manifest,
    oauth,
    policy,
    registry,
    vault,
    apply: async (content: string | Uint8Array, options: ApplyOptions = {}) =>
      await manifest.apply(
        { content, path: join(folder, 'tenant.yaml'), origin: 'operator', actor: ACTOR },
        options,
      ),
    /** Runs SQL as whoever migrates. */
    async sqlAsOwner(text: string): Promise<void> {
      const admin = new Client({ connectionString: test.adminUrl });
      await admin.connect();
      try {
        await admin.query(text);
      } finally {
        await admin.end();
      }
    },
    /** What the tenant's receipts say was done, oldest first. */
    async actions(slug: string): Promise<readonly string[]> {
      const tenant = await identity.tenants.bySlug(slug as TenantSlug);
      if (tenant === undefined) return [];
      const { entries } = await receipts.search(tenant.id, {
        viewer: admin,
        filters: { kind: 'admin' },
        limit: 100,
      });
      const stored = await Promise.all(entries.map(({ id }) => receipts.load(tenant.id, id, admin)));
      return stored
        .flatMap((receipt) =>
          (receipt?.disclosures ?? []).map((text) => JSON.parse(atobUrl(text)) as string[]),
        )
        .flatMap(([, name, value]) =>
          name === 'details' ? [(JSON.parse(value ?? '') as { action: string }).action] : [],
        )
        .toReversed();
    },
    async close() {
      policy.close();
      await modules.close();
      await test.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function atobUrl(text: string): string {
  return Buffer.from(text, 'base64url').toString();
}
