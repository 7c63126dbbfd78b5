import { applyFile } from './apply-file.ts';
import { bodySchemas } from './body-schemas.ts';
import { createResources } from './create-resources.ts';
import { describeApplied, describeProblem } from './describe-applied.ts';
import { readProviderDraft } from './prepare-put.ts';
import { readTenantFile } from './read-file.ts';
import { createResourceReader } from './read-resources.ts';
import { renderFile } from './render-file.ts';
import { createManifestStore } from './store.ts';
import type { Manifest, ManifestDeps } from './types.ts';

export function createManifest(deps: ManifestDeps): Manifest {
  const store = createManifestStore(deps.database);
  const parts = { deps, store, reader: createResourceReader(deps, store) };
  return {
    apply: async (file, { dryRun = false } = {}) => await applyFile(parts, file, dryRun),
    readFile: readTenantFile,
    export: async (tenant, options = {}) => await renderFile(parts, tenant, options),
    bodySchemas,
    readProviderDraft: async (tenant, body) => await readProviderDraft(deps, tenant, body),
    describe: describeApplied,
    describeProblem,
    ...createResources(parts),
  };
}
