import { identityProviderSettings, type IdentityProviderSettings } from '#lib/identity';
import type { Path } from './describe-issue.ts';
import type { IdentityProviderEntry, TenantDocument } from './tenant-schema.ts';

/** Says what is wrong at a path inside the entry. */
export type Refuse = (path: Path, message: string) => void;

/** The provider in the words of identity. `roles` stand at the path `roles`, wherever the caller keeps them. */
export function draftProvider(
  entry: Omit<IdentityProviderEntry, 'client_secret'>,
  roles: TenantDocument['roles'],
  secret: 'given' | 'stored' | 'none',
  refuse: Refuse,
): IdentityProviderSettings | undefined {
  const isPublic = entry.client_authentication === 'none';
  if (isPublic && secret === 'given') refuse(['client_secret'], 'is not used: client_authentication is none');
  if (!isPublic && secret === 'none')
    refuse([], `lacks client_secret, which ${entry.client_authentication} needs`);
  const settings = identityProviderSettings.safeParse({
    issuer: entry.issuer,
    clientId: entry.client_id,
    clientAuthentication: entry.client_authentication,
    scopes: entry.scopes,
    groupsClaim: entry.groups_claim,
    groupsFormat: entry.groups_format,
    missingGroups: entry.missing_groups,
    userinfo: entry.userinfo,
    endpointHosts: entry.endpoint_hosts,
    roleMapping: roles,
  });
  if (settings.success) return settings.data;
  for (const issue of settings.error.issues) {
    const [member, ...rest] = issue.path;
    const name = member === 'roleMapping' ? 'roles' : snakeCase(String(member));
    refuse([name, ...rest], issue.message);
  }
  return undefined;
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Whether anybody at all may administer the tenant under this mapping. */
export function givesAdmin(roleMapping: IdentityProviderSettings['roleMapping']): boolean {
  return Object.values(roleMapping).some((roles) => roles.includes('admin'));
}
