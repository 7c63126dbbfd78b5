import { isProduction } from '#lib/config';
import { err, ok, type Result } from '#lib/core';
import { describeRefusedHosts, type TenantRecord } from '#lib/identity';
import { checkFile, type CheckedFile } from './check-file.ts';
import { compareResources } from './compare-resources.ts';
import type { ResourceParts } from './create-resources.ts';
import { foreseeTenant } from './foresee-tenant.ts';
import { namedIn } from './ownership.ts';
import { prepareChanges, type PreparedChanges } from './prepare-changes.ts';
import type { StoredResource } from './read-resources.ts';
import type { Applied, ManifestDeps, ManifestProblem, TenantFile } from './types.ts';
import { writeChanges } from './write-changes.ts';

type Attempt<Value> = Promise<Result<Value, readonly ManifestProblem[]>>;

/** Checks a file whole, asks what has to be asked, and writes it in one transaction, which a dry run rolls back. */
export async function applyFile(parts: ResourceParts, file: TenantFile, dryRun: boolean): Attempt<Applied> {
  const { deps } = parts;
  const checked = checkFile(deps, file);
  if (!checked.ok) return checked;
  const before = await deps.identity.tenants.bySlug(checked.value.read.document.tenant.slug);
  const refused = refusalOf(deps, checked.value, before);
  if (refused !== undefined) return err([refused]);
  if (dryRun && before?.state !== 'active') return ok(foreseeTenant(deps, checked.value));
  const tenant = dryRun && before ? before : await openTenant(deps, checked.value);
  const prepared = await prepareChanges(deps, checked.value, tenant);
  if (!prepared.ok) return prepared;
  const written = await write(parts, checked.value, tenant, prepared.value, dryRun);
  if (!written.ok) return written;
  if (!dryRun) await deps.receipts.flush(tenant.id);
  return ok({ ...written.value, created: before === undefined });
}

function refusalOf(
  deps: ManifestDeps,
  { read }: CheckedFile,
  before: TenantRecord | undefined,
): ManifestProblem | undefined {
  const { slug, demo } = read.document.tenant;
  // A start would refuse it; what already runs must not get it either.
  if (demo && isProduction(deps.config))
    return read.problemAt(['tenant', 'demo'], 'is refused in production: anybody signs in to a demo');
  if (before === undefined) return undefined;
  if (before.demo !== demo) {
    const message = `is fixed when a tenant is made, and '${slug}' was made with ${before.demo}`;
    return read.problemAt(['tenant', 'demo'], message);
  }
  if (before.state === 'active' || before.state === 'creating') return undefined;
  const message = `'${slug}' is ${before.state}: nothing of it can be changed, and its name is not free`;
  return read.problemAt(['tenant', 'slug'], message);
}

/**
 * What has to exist before a server can be asked what it offers: the tenant, its keys and its log. A server that
 * wants a minted token checks it against this tenant's published keys.
 */
async function openTenant(deps: ManifestDeps, { file, read }: CheckedFile): Promise<TenantRecord> {
  const { slug, display_name: displayName = slug, demo } = read.document.tenant;
  const tenant = await deps.identity.tenants.create({ slug, displayName, demo }, file.actor);
  await deps.oauth.openTenant(tenant);
  await deps.minting.warm(tenant);
  return tenant;
}

/** A file that is applied in vain, because nobody can sign in with it, says so. */
function warningsOfHosts({ hosts }: StoredResource): readonly string[] {
  return hosts === undefined || hosts.refused.length === 0
    ? []
    : [`nobody can sign in: ${describeRefusedHosts(hosts)}`];
}

/** What the console kept in a set that is not believed is not in force any more, and is not lost. */
function warningsOfPolicies(leftOut: readonly string[], { policies }: CheckedFile): readonly string[] {
  const lost = leftOut.filter((id) => !Object.hasOwn(policies.texts, id));
  if (lost.length === 0) return [];
  return [
    `the policies in the database were not those that were put in force here, so those of them that this file does not name and that permit something are in force no more: ${lost.join(', ')}; look at the earlier version, and activate it or save them again`,
  ];
}

async function write(
  { deps, store, reader }: ResourceParts,
  checked: CheckedFile,
  tenant: TenantRecord,
  changes: PreparedChanges,
  dryRun: boolean,
): Attempt<Omit<Applied, 'created'>> {
  const { actor } = checked.file;
  return await store.transaction(
    tenant.id,
    async (tx) => {
      const last = await store.lastIn(tx);
      const before = await reader.all(tx, tenant.id);
      const { leftOut } = await deps.policy.activeIn(tx, tenant.id);
      const written = await writeChanges(
        { deps, tx, tenant, actor },
        checked,
        changes,
        last?.owns ?? new Set(),
      );
      if (!written.ok) return written;
      const owns = new Set(namedIn(checked.read.document));
      await store.remember(tx, tenant.id, { sha256: checked.sha256, owns }, actor.workload ?? actor.mode);
      const after = await reader.all(tx, tenant.id);
      const { servers } = written.value;
      const states = {
        before,
        after,
        ownedBefore: last?.owns ?? new Set<string>(),
        ownedAfter: owns,
        servers,
      };
      // The first file of all takes nothing over from anybody.
      const changed = compareResources(last === undefined ? { ...states, ownedBefore: owns } : states);
      const displayName = await deps.identity.tenants.displayNameIn(tx, tenant.id);
      return ok({
        ...written.value,
        tenant: { ...tenant, displayName },
        sha256: checked.sha256,
        dryRun,
        changes: changed,
        unusable: deps.policy.schemaProblems(await deps.registry.listIn(tx, tenant.id)),
        warnings: [
          ...changes.warnings,
          ...warningsOfPolicies(leftOut, checked),
          ...after.flatMap(warningsOfHosts),
        ],
      });
    },
    { keep: !dryRun },
  );
}
