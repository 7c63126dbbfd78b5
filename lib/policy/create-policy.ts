import { randomBytes } from 'node:crypto';
import { err, ok, uuidV7, type Clock, type TenantId } from '#lib/core';
import type { Database, TenantTransaction } from '#lib/db';
import type { Receipts } from '#lib/receipts';
import { createEngineCache, type EngineLogger } from './engine-cache.ts';
import { hashPolicies } from './hash-policies.ts';
import { parsePolicies } from './parse-policies.ts';
import { schemaProblemsOf } from './schema-problems.ts';
import { createPolicyStore, type StoredSet } from './store.ts';
import type { Policy, PolicySetVersion, PolicyTexts, SavePolicies } from './types.ts';
import { validatePolicies } from './validate-policies.ts';

export interface PolicyDeps {
  readonly database: Database;
  readonly receipts: Pick<Receipts, 'stage'>;
  readonly clock: Clock;
  readonly telemetry: { readonly logger: EngineLogger; readonly metrics?: { policyDifference(): void } };
}

/** Builds the policy module. Resolves when it hears of other replicas' changes. */
export async function createPolicy(deps: PolicyDeps): Promise<Policy> {
  const store = createPolicyStore(deps.database);
  const engines = await createEngineCache({
    store,
    clock: deps.clock,
    logger: deps.telemetry.logger,
    countDifference: () => deps.telemetry.metrics?.policyDifference(),
  });

  async function save(tx: TenantTransaction, tenant: TenantId, input: SavePolicies) {
    const problems = validatePolicies(input.policies, input.servers);
    if (problems.length > 0) return err(problems);
    const before = await store.loadActiveIn(tx);
    const sha256 = hashPolicies(input.policies);
    if (before?.sha256 === sha256) return ok({ sha256, version: before.version, changed: false });
    const version = await store.activate(tx, tenant, { sha256, policies: input.policies });
    const at = deps.clock.now();
    await deps.receipts.stage(tx, tenant, {
      id: uuidV7(at, randomBytes(10)),
      at,
      kind: 'admin',
      actor: input.author,
      status: 'ok',
      details: describeChange(before, { sha256, version, changed: true }, input.policies),
    });
    return ok({ sha256, version, changed: true });
  }

  return {
    save,
    syntaxProblems: (policies) => parsePolicies(policies).problems,
    validate: validatePolicies,
    schemaProblems: schemaProblemsOf,
    engine: engines.load,
    cachedEngine: engines.cached,
    close: engines.close,
  };
}

/** Characters of one list of ids in a receipt; its details have a limit, and the version holds them all. */
const IDS_CHARS_MAX = 4_000;

function describeChange(before: StoredSet | undefined, after: PolicySetVersion, policies: PolicyTexts) {
  const old = before?.policies ?? {};
  const ids = [...new Set([...Object.keys(old), ...Object.keys(policies)])].toSorted();
  const named = (wanted: (id: string) => boolean) => {
    let left = IDS_CHARS_MAX;
    return ids.filter(wanted).filter((id) => (left -= id.length) >= 0);
  };
  return {
    action: 'policy.save',
    policy_set_sha256: after.sha256,
    version: after.version,
    ...(before === undefined ? {} : { previous_sha256: before.sha256 }),
    policies: Object.keys(policies).length,
    added: named((id) => old[id] === undefined),
    changed: named((id) => old[id] !== undefined && policies[id] !== undefined && old[id] !== policies[id]),
    removed: named((id) => policies[id] === undefined),
  };
}
