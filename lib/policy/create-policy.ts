import type { Clock } from '#lib/core';
import type { Database } from '#lib/db';
import type { Keys } from '#lib/keys';
import type { Receipts } from '#lib/receipts';
import { hashPolicies } from './hash-policies.ts';
import { draftPolicies } from './draft-policies.ts';
import { believedOf } from './believed-policies.ts';
import { createEngineCache, type EngineLogger } from './engine-cache.ts';
import { outlinePolicies } from './outline-policies.ts';
import { parsePolicies } from './parse-policies.ts';
import { schemaProblemsOf } from './schema-problems.ts';
import { schemaText } from './schema-text.ts';
import { createPolicyStore } from './store.ts';
import { createPolicyVersionStore } from './store-versions.ts';
import type { Policy } from './types.ts';
import { validatePolicies } from './validate-policies.ts';
import { createVersions } from './versions.ts';

export interface PolicyDeps {
  readonly database: Database;
  readonly keys: Pick<Keys, 'lookup'>;
  readonly receipts: Pick<Receipts, 'stage'>;
  readonly clock: Clock;
  readonly telemetry: { readonly logger: EngineLogger; readonly metrics?: { policyDifference(): void } };
}

/** Builds the policy module. Resolves when it hears of other replicas' changes. */
export async function createPolicy(deps: PolicyDeps): Promise<Policy> {
  const store = createPolicyStore(deps.database, deps.keys);
  const engines = await createEngineCache({
    store,
    clock: deps.clock,
    logger: deps.telemetry.logger,
    countDifference: () => deps.telemetry.metrics?.policyDifference(),
  });

  const kept = createVersions(deps, store, createPolicyVersionStore(deps.database));
  return {
    ...kept,
    activeIn: async (client, tenant) => believedOf(await store.loadActiveIn(client, tenant)),
    textsIn: async (client, tenant) => believedOf(await store.loadActiveIn(client, tenant)).texts,
    isSaved: async (tenant) => (await store.loadActive(tenant))?.isSaved ?? true,
    hash: hashPolicies,
    syntaxProblems: (policies) => parsePolicies(policies).problems,
    validate: validatePolicies,
    outline: outlinePolicies,
    schemaText,
    schemaProblems: schemaProblemsOf,
    draft: (policies) =>
      draftPolicies(policies, (what, details) => deps.telemetry.logger.error(details, `in a test: ${what}`)),
    engine: engines.load,
    cachedEngine: engines.cached,
    onChange: engines.onChange,
    close: engines.close,
  };
}
