/** The tenant of the tests, as an operator sets it up. */
import type { Config } from '#lib/config';
import type { ServerId, TenantSlug } from '#lib/core';
import type { ServerDraft } from '#lib/registry';
import {
  startIdentityProvider,
  type IdentityProviderFixture,
} from '../../../e2e/fixtures/identity-provider.ts';

export const OPERATOR = { mode: 'operator', workload: 'cli:test' } as const;
export const SLUG = 'acme' as TenantSlug;
/** Policies that say nothing against anything. */
export const PERMIT_ALL = { all: 'permit (principal, action, resource);' } as const;
export const CLIENT_SECRET = 'the-secret-of-the-test-tenant';

export function startProvider(port: number, redirectUri: string): Promise<IdentityProviderFixture> {
  const client = { client_id: 'countersign', client_secret: CLIENT_SECRET, redirect_uris: [redirectUri] };
  return startIdentityProvider({ port, clients: [client] });
}

export function providerDraft(issuer: string) {
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
    roleMapping: { engineering: ['member'], support: ['member'], auditor: ['member', 'auditor'] },
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

export function configOf(config: Partial<Config> | undefined): Config {
  return { bodyBytesMax: 1_000_000, resultBytesMax: 1_000_000, drainMs: 20_000, ...config } as Config;
}
