import type { EventEmitter } from 'node:events';
import { LRUCache } from 'lru-cache';
import { Provider, type KoaContextWithOIDC } from 'oidc-provider';
import type { ClientId, TenantId } from '#lib/core';
import type { TenantRecord } from '#lib/identity';
import type { Telemetry } from '#lib/telemetry';
import { backSessionsByBrowser } from './browser-backed-session.ts';
import { PROVIDER_AGE_MS, PROVIDERS_MAX } from './constants.ts';
import { configureProvider } from './provider-configuration.ts';
import { keepReplay } from './replay-refresh.ts';
import type { SigningKeys } from './signing-keys.ts';
import type { TenantScope } from './tenant-scope.ts';

export interface ProviderPool {
  /** The tenant's provider, signing with the key in force. */
  provider(tenant: TenantRecord): Promise<Provider>;
  scope(tenant: TenantRecord): TenantScope;
  /** Forgets a tenant, and the key that its provider signs with. */
  drop(tenant: TenantId): void;
  clear(): void;
}

interface ProviderPoolDeps {
  readonly signingKeys: SigningKeys;
  readonly telemetry: Telemetry;
  readonly createScope: (tenant: TenantRecord) => TenantScope;
}

export function createProviderPool({ signingKeys, telemetry, createScope }: ProviderPoolDeps): ProviderPool {
  const scopes = new LRUCache<string, TenantScope>({ max: PROVIDERS_MAX, ttl: PROVIDER_AGE_MS });
  const providers = new LRUCache<string, Provider>({ max: PROVIDERS_MAX, ttl: PROVIDER_AGE_MS });

  const scopeOf = (tenant: TenantRecord) => {
    const key = `${tenant.id} ${tenant.canonicalUrl} ${tenant.displayName}`;
    let scope = scopes.get(key);
    if (!scope) scopes.set(key, (scope = createScope(tenant)));
    return scope;
  };

  return {
    scope: scopeOf,
    provider: async (tenant) => {
      const signer = await signingKeys.signer(tenant.id);
      const key = `${tenant.id} ${tenant.canonicalUrl} ${signer.kid}`;
      const known = providers.get(key);
      if (known) return known;
      const scope = scopeOf(tenant);
      const provider = new Provider(
        scope.addresses.canonicalUrl(tenant.slug),
        configureProvider(scope, signer),
      );
      prepare(provider, scope, telemetry);
      providers.set(key, provider);
      return provider;
    },
    drop: (tenant) => {
      for (const cache of [scopes, providers]) {
        for (const key of cache.keys()) if (key.startsWith(`${tenant} `)) cache.delete(key);
      }
    },
    clear: () => {
      scopes.clear();
      providers.clear();
    },
  };
}

function prepare(provider: Provider, scope: TenantScope, telemetry: Telemetry): void {
  provider.proxy = false;
  backSessionsByBrowser(provider);
  // identity keeps only the hash of a client's secret, and compares in constant time.
  provider.Client.prototype.compareClientSecret = function compare(
    this: { clientId: string },
    actual: string,
  ) {
    return scope.identity.agents.verifySecret(scope.tenant.id, this.clientId as ClientId, actual);
  };
  const failed = (_context: unknown, error: unknown) =>
    telemetry.logger.error({ err: error, tenant: scope.tenant.slug }, 'authorization server failed');
  provider.on('server_error', failed);
  (provider as EventEmitter).on('error', (error: unknown) => failed(undefined, error));
  provider.use(async (context, next) => {
    // Browsers accept Secure cookies from loopback over http; Koa would refuse to set them.
    if (scope.addresses.secureCookies) context.cookies.secure = true;
    await next();
    await repeatOrKeep(scope, context as unknown as KoaContextWithOIDC, failed);
  });
}

/** A refresh answered before is answered with the same bytes; one answered now is kept for a while. */
async function repeatOrKeep(
  scope: TenantScope,
  context: KoaContextWithOIDC,
  failed: (context: unknown, error: unknown) => void,
): Promise<void> {
  const replayed: unknown = context.state['replayedAnswer'];
  if (typeof replayed === 'string') {
    context.status = 200;
    context.type = 'application/json';
    context.body = replayed;
    return;
  }
  const { RotatedRefreshToken: used, Client: client } = (context.oidc?.entities ?? {}) as {
    RotatedRefreshToken?: { jti: string };
    Client?: { clientId: string };
  };
  if (!used || !client || context.status !== 200) return;
  const answer = JSON.stringify(context.body);
  context.type = 'application/json';
  context.body = answer;
  await keepReplay(scope, used.jti, client.clientId, answer).catch((error: unknown) =>
    failed(context, error),
  );
}
