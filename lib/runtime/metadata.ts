import { type JsonObject, parseServerId } from '#lib/core';
import type { TenantRecord } from '#lib/identity';
import type { Modules } from './types.ts';

const ISSUER_DOCUMENTS = ['oauth-authorization-server', 'openid-configuration'];

/**
 * The metadata document at `/.well-known/<name>/<tenant's path>/<below>`: of the tenant's authorization server, of its
 * mint, or of one server as a protected resource. Undefined: nothing stands there.
 */
export async function metadataOf(
  { minting, oauth }: Modules,
  tenant: TenantRecord,
  name: string,
  below: string,
): Promise<JsonObject | undefined> {
  if (ISSUER_DOCUMENTS.includes(name)) {
    if (below === '') return oauth.metadata(tenant);
    return below === 'mint' ? minting.metadata(tenant) : undefined;
  }
  const server = name === 'oauth-protected-resource' && /^mcp\/([^/]+)$/.exec(below)?.[1];
  const id = server ? parseServerId(server) : undefined;
  return id?.ok === true ? oauth.protectedResourceMetadata(tenant, id.value) : undefined;
}
