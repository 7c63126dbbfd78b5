import { isProduction } from '#lib/config';
import { err, ok, type Result } from '#lib/core';
import type { TenantRecord } from '#lib/identity';
import { checkFile, type CheckedFile } from './check-file.ts';
import { describeApplied, describeProblem } from './describe-applied.ts';
import { prepareChanges } from './prepare-changes.ts';
import { createManifestStore } from './store.ts';
import type { Applied, Manifest, ManifestDeps, ManifestProblem } from './types.ts';
import { writeChanges } from './write-changes.ts';

export function createManifest(deps: ManifestDeps): Manifest {
  const store = createManifestStore(deps.database);
  return {
    async apply(file) {
      const checked = checkFile(deps, file);
      if (!checked.ok) return checked;
      const ready = await prepareTenant(deps, checked.value);
      if (!ready.ok) return ready;
      const { tenant, created } = ready.value;
      const prepared = await prepareChanges(deps, checked.value, tenant);
      if (!prepared.ok) return prepared;
      const written = await writeChanges(deps, store, checked.value, tenant, prepared.value);
      if (!written.ok) return written;
      const renamed = await renameTenant(deps, checked.value, tenant);
      await deps.receipts.flush(tenant.id);
      return ok({ ...written.value, tenant: renamed, created });
    },
    describe: describeApplied,
    describeProblem,
  };
}

/**
 * What has to exist before a server can be asked what it offers: the tenant, its keys and its log. A server that
 * wants a minted token checks it against this tenant's published keys.
 */
async function prepareTenant(
  deps: ManifestDeps,
  { file, read }: CheckedFile,
): Promise<Result<{ readonly tenant: TenantRecord; readonly created: boolean }, readonly ManifestProblem[]>> {
  const { slug, display_name: displayName, demo } = read.document.tenant;
  // A start would refuse it; what already runs must not get it either.
  if (demo && isProduction(deps.config)) {
    return err([read.problemAt(['tenant', 'demo'], 'is refused in production: anybody signs in to a demo')]);
  }
  const before = await deps.identity.tenants.bySlug(slug);
  if (before !== undefined && before.demo !== demo) {
    return err([
      read.problemAt(
        ['tenant', 'demo'],
        `is fixed when a tenant is made, and '${slug}' was made with ${before.demo}`,
      ),
    ]);
  }
  if (before !== undefined && before.state !== 'active' && before.state !== 'creating') {
    const message = `'${slug}' is ${before.state}: nothing of it can be changed, and its name is not free`;
    return err([read.problemAt(['tenant', 'slug'], message)]);
  }
  const tenant = await deps.identity.tenants.create({ slug, displayName, demo }, file.actor);
  await deps.oauth.openTenant(tenant);
  await deps.minting.warm(tenant);
  return ok({ tenant, created: before === undefined });
}

async function renameTenant(
  deps: ManifestDeps,
  { file, read }: CheckedFile,
  tenant: TenantRecord,
): Promise<Applied['tenant']> {
  const displayName = read.document.tenant.display_name;
  return tenant.displayName === displayName
    ? tenant
    : await deps.identity.tenants.rename(tenant, displayName, file.actor);
}
