import type { PersonId } from '#lib/core';
import type { TenantRecord } from '#lib/identity';
import { createAccessTokenChecker } from './check-access-token.ts';
import { createGrants, endGrantOfClient } from './grants.ts';
import { handleRequest } from './handle-request.ts';
import { decideInteraction, describeInteraction } from './interactions.ts';
import { findActivePerson, issueForAgent, issueForUser, type IssueDeps } from './issue-token.ts';
import { isCurrent, loadPrincipal } from './load-principal.ts';
import { authorizationServerMetadata, bearerChallenge, protectedResourceMetadata } from './metadata.ts';
import { createProviderPool } from './provider-pool.ts';
import { createSigningKeys } from './signing-keys.ts';
import { createGrantStore } from './store-grants.ts';
import { createPayloadStore } from './store.ts';
import { createReplayStore } from './store-replays.ts';
import { createSaveSettings } from './save-settings.ts';
import { createSettingsStore } from './store-settings.ts';
import { serverOf, type TenantScope } from './tenant-scope.ts';
import type { Oauth, OauthDeps } from './types.ts';
import { errors } from 'oidc-provider';
import { verifyAccessToken } from './verify-access-token.ts';

/** Builds the authorization server of every tenant. */
export function createOauth(deps: OauthDeps): Oauth {
  const { addresses, clock, database, identity, registry, telemetry } = deps;
  const settings = createSettingsStore(database);
  const grantStore = createGrantStore(database);
  const signingKeys = createSigningKeys(deps);
  const grants = createGrants({ ...deps, grantStore });
  const createScope = scopeFactory(deps, { ...deps, settings, grantStore }, grants);
  const pool = createProviderPool({ signingKeys, telemetry, createScope });
  const unsubscribe = database.revocations.subscribe(({ kind, tenant }) => {
    if (kind === 'tenant') pool.drop(tenant);
  });
  const jwks = (tenant: TenantRecord) => signingKeys.jwks(tenant.id);
  const handleDeps = { addresses, identity, settings, pool, telemetry, jwks, receipts: deps.receipts };
  const checker = createAccessTokenChecker({
    clock,
    telemetry,
    revocations: database.revocations,
    verify: (tenant, server, raw) =>
      verifyAccessToken(raw, {
        issuer: addresses.canonicalUrl(tenant.slug),
        audience: addresses.resourceUrl(tenant.slug, server),
        now: clock.now(),
        findKey: (kid) => signingKeys.verifyKey(tenant.id, kid),
      }),
    loadPrincipal: (tenant, server, token) =>
      loadPrincipal({ identity, registry, settings, grantStore, clock }, tenant, server, token),
    isCurrent: (loaded) => isCurrent(identity, loaded),
  });

  return {
    openTenant: (tenant) => signingKeys.open(tenant.id),
    rotateSigningKey: (tenant) => signingKeys.rotate(tenant.id),
    handle: (request, tenant, context) => handleRequest(handleDeps, request, tenant, context),
    metadata: (tenant) => authorizationServerMetadata(addresses, tenant),
    jwks,
    protectedResourceMetadata: async (tenant, server) => {
      const found = await registry.server(tenant.id, server);
      return found && protectedResourceMetadata(addresses, tenant, found);
    },
    challenge: (tenant, server, refusal) => bearerChallenge(addresses, tenant, server, refusal),
    interaction: (tenant, uid, visit) => describeInteraction(deps, pool.scope(tenant), uid, visit),
    decide: (tenant, uid, decision, visit) =>
      decideInteraction(deps, pool.scope(tenant), uid, decision, visit),
    checkAccessToken: checker.check,
    grants,
    settings: settings.load,
    settingsIn: settings.loadIn,
    saveSettings: createSaveSettings({ settings, receipts: deps.receipts, clock }),
    sweep: async (tenant) => {
      await createPayloadStore({ ...deps, now: clock.now }, tenant).sweep(clock.now());
      await grantStore.sweep(tenant, clock.now());
    },
    close: () => {
      unsubscribe();
      checker.close();
      settings.close();
      pool.clear();
    },
  };
}

function scopeFactory(deps: OauthDeps, issueDeps: IssueDeps, grants: Oauth['grants']) {
  const { addresses, clock, database, identity, keys, registry } = deps;
  return (tenant: TenantRecord): TenantScope => {
    const requireServer = async (resource: string) => {
      const server = await scope.findServer(resource);
      if (!server) throw new errors.InvalidTarget('this MCP server is no longer registered');
      return server;
    };
    const scope: TenantScope = {
      tenant,
      addresses,
      identity,
      registry,
      clock,
      settings: issueDeps.settings,
      grantStore: issueDeps.grantStore,
      payloads: createPayloadStore({ database, keys, now: clock.now }, tenant.id),
      replays: createReplayStore(database, keys, tenant.id),
      endGrant: async (grant, reason, clientId) => {
        await endGrantOfClient(grants, tenant.id, grant, reason, clientId);
      },
      findServer: async (resource) => {
        const server = serverOf({ addresses, tenant }, resource);
        return server === undefined ? undefined : registry.server(tenant.id, server);
      },
      findActivePerson: (id) => findActivePerson(identity, tenant.id, id as PersonId),
      issueForUser: async (grant, request) =>
        issueForUser(
          issueDeps,
          { tenant: tenant.id, server: await requireServer(request.resource), request },
          grant,
        ),
      issueForAgent: async (request) =>
        issueForAgent(issueDeps, {
          tenant: tenant.id,
          server: await requireServer(request.resource),
          request,
        }),
    };
    return scope;
  };
}
