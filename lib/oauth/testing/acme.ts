/** The tenant of the tests, as an operator sets it up. */
import type { ServerId, TenantSlug } from '#lib/core';
import type { Database } from '#lib/db';
import type { TenantRecord } from '#lib/identity';
import type { ServerDraft } from '#lib/registry';
import {
  startIdentityProvider,
  type IdentityProviderFixture,
} from '../../../e2e/fixtures/identity-provider.ts';
import type { Modules } from './build-modules.ts';

export const OPERATOR = { mode: 'operator', workload: 'cli:test' } as const;
export const SLUG = 'acme' as TenantSlug;
const CLIENT_SECRET = 'the-secret-of-the-test-tenant';

export function startProvider(port: number, redirectUri: string): Promise<IdentityProviderFixture> {
  const client = { client_id: 'countersign', client_secret: CLIENT_SECRET, redirect_uris: [redirectUri] };
  return startIdentityProvider({ port, clients: [client] });
}

/** With single sign-on at this provider, open to every agent. */
export async function createAcme(
  { identity, oauth }: Pick<Modules, 'identity' | 'oauth'>,
  database: Database,
  issuer: string,
): Promise<TenantRecord> {
  const tenant = await identity.tenants.create({ slug: SLUG, displayName: 'Acme', demo: true }, OPERATOR);
  await database.tenantDb(tenant.id).transaction(async (tx) => {
    await identity.providers.save(tx, tenant, settingsAt(issuer), CLIENT_SECRET, OPERATOR);
    await oauth.saveSettings(tx, tenant.id, { admission: 'open' }, OPERATOR);
  });
  return tenant;
}

function settingsAt(issuer: string) {
  return {
    issuer,
    clientId: 'countersign',
    clientAuthentication: 'client_secret_basic',
    scopes: ['email', 'profile', 'groups'],
    groupsClaim: 'groups',
    groupsFormat: 'list',
    missingGroups: 'refuse',
    userinfo: true,
    endpointHosts: [],
    roleMapping: {
      engineering: ['member'],
      support: ['member'],
      auditor: ['member', 'auditor'],
      admins: ['member', 'admin'],
    },
  } as const;
}

export interface ServerSetup extends Partial<ServerDraft> {
  readonly url: string;
}

export function draftOf(id: string, setup: ServerSetup): ServerDraft {
  return {
    id: id as ServerId,
    title: `The ${id} server`,
    credential: { user: 'minted', agent: 'minted' },
    emailAllowed: true,
    allowMethods: [],
    waivers: [],
    timeoutMs: 5_000,
    ...setup,
  };
}
