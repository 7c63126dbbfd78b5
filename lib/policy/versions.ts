import { randomBytes } from 'node:crypto';
import { err, ok, uuidV7, type Result, type TenantId } from '#lib/core';
import type { TenantTransaction } from '#lib/db';
import { compareSets, summarizeChange } from './compare-sets.ts';
import { VERSIONS_PAGE_MAX } from './constants.ts';
import type { PolicyDeps } from './create-policy.ts';
import { hashPolicies } from './hash-policies.ts';
import type { PolicyStore, StoredSet } from './store.ts';
import type { PolicyVersionStore } from './store-versions.ts';
import type { PolicyProblem, PolicySetVersion, SavePolicies } from './types.ts';
import type { PolicyVersions } from './version-types.ts';
import { validatePolicies } from './validate-policies.ts';

export interface VersionKeeper extends PolicyVersions {
  save(
    tx: TenantTransaction,
    tenant: TenantId,
    input: SavePolicies,
  ): Promise<Result<PolicySetVersion, readonly PolicyProblem[]>>;
}

/** What changes the active set, each change with its receipt and its line in the list of activations. */
export function createVersions(
  deps: Pick<PolicyDeps, 'receipts' | 'clock'>,
  store: PolicyStore,
  versions: PolicyVersionStore,
): VersionKeeper {
  /** @returns the receipt's id and time. */
  async function stage(
    tx: TenantTransaction,
    tenant: TenantId,
    { author }: SavePolicies,
    details: Record<string, unknown>,
  ) {
    const at = deps.clock.now();
    const id = uuidV7(at, randomBytes(10));
    const draft = { id, at, kind: 'admin', actor: author, status: 'ok', details } as const;
    await deps.receipts.stage(tx, tenant, draft as Parameters<typeof deps.receipts.stage>[2]);
    return { receipt: id, at };
  }

  async function save(tx: TenantTransaction, tenant: TenantId, input: SavePolicies) {
    const problems = await validatePolicies(input.policies, input.servers);
    if (problems.length > 0) return err(problems);
    const before = await store.loadActiveIn(tx, tenant);
    const sha256 = hashPolicies(input.policies);
    if (before?.isSaved === true && before.sha256 === sha256)
      return ok({ sha256, version: before.version, changed: false });
    const { version, known } = await store.activate(tx, tenant, { sha256, policies: input.policies });
    const change = summarizeChange(before?.policies ?? {}, input.policies);
    const details = describe(known ? 'policy.activate' : 'policy.save', before, { sha256, version }, change);
    const staged = await stage(tx, tenant, input, details);
    const { mode, person, workload } = input.author;
    const author = {
      mode,
      ...(person === undefined ? {} : { person: person.id }),
      ...(workload === undefined ? {} : { workload }),
    };
    await versions.remember(tx, tenant, { version, change, author, ...staged });
    return ok({ sha256, version, changed: true });
  }

  return {
    save,
    async activate(tx, tenant, { version, servers, author }) {
      const stored = await versions.loadIn(tx, version);
      if (stored === undefined) return err({ kind: 'missing' });
      const saved = await save(tx, tenant, { policies: stored.policies, servers, author });
      return saved.ok ? saved : err({ kind: 'invalid', problems: saved.error });
    },
    async versions(tenant, { limit = VERSIONS_PAGE_MAX, before } = {}) {
      const size = Math.min(limit, VERSIONS_PAGE_MAX);
      const rows = await versions.list(tenant, size + 1, before);
      const page = rows.slice(0, size);
      const activations = await versions.activationsOf(
        tenant,
        page.map(({ version }) => version),
      );
      const last = page.at(-1);
      return {
        versions: page.map((row) => ({
          ...row,
          activations: activations.filter(({ version }) => version === row.version),
        })),
        ...(rows.length > size && last !== undefined ? { next: last.version } : {}),
      };
    },
    version: async (tenant, version) => await versions.load(tenant, version),
    compare: compareSets,
  };
}

function describe(
  action: string,
  before: StoredSet | undefined,
  after: Pick<PolicySetVersion, 'sha256' | 'version'>,
  { policies, added, changed, removed }: ReturnType<typeof summarizeChange>,
) {
  return {
    action,
    policy_set_sha256: after.sha256,
    version: after.version,
    ...(before === undefined ? {} : { previous_sha256: before.sha256 }),
    ...(before?.isSaved === false ? { previous: 'altered' } : {}),
    policies,
    added,
    changed,
    removed,
  };
}
