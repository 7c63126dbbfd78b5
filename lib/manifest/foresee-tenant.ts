import type { TenantId } from '#lib/core';
import type { CheckedFile } from './check-file.ts';
import { namedIn, parseOwnedName } from './ownership.ts';
import { warningsOfRoles } from './prepare-changes.ts';
import type { Applied, ManifestDeps } from './types.ts';

/**
 * A dry run for a tenant that does not exist: it has no keys that a server could check, so no server is asked, and
 * policies are judged by their syntax alone. Says so.
 */
export function foreseeTenant(deps: ManifestDeps, checked: CheckedFile): Applied {
  const { plan, policies, sha256, read } = checked;
  const { slug, display_name: displayName = slug, demo } = read.document.tenant;
  const canonicalUrl = deps.addresses.canonicalUrl(slug);
  return {
    tenant: {
      id: '' as TenantId,
      slug,
      issuer: canonicalUrl,
      canonicalUrl,
      displayName,
      state: 'creating',
      demo,
    },
    created: true,
    dryRun: true,
    sha256,
    changes: namedIn(read.document).map((name) => ({
      ...parseOwnedName(name),
      change: 'created' as const,
      members: [],
    })),
    identityProvider: plan.provider === undefined ? 'none' : 'changed',
    servers: plan.servers.map(({ id, url }) => ({
      id,
      url,
      mcpUrl: deps.addresses.resourceUrl(slug, id),
      change: 'created' as const,
    })),
    agents: plan.agents.map(({ draft }) => ({ clientId: draft.clientId, change: 'saved' as const })),
    removedServers: [],
    removedAgents: [],
    policySet: { sha256: deps.policy.hash(policies.texts), version: 1, changed: true },
    unusable: [],
    warnings: [
      ...warningsOfRoles(checked),
      'the tenant does not exist yet: its servers were not asked, and policies were not checked against their tools',
    ],
  };
}
