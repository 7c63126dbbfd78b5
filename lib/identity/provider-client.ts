import { hostsOf } from '#lib/net';
import { isJsonObject, err, ok, type JsonObject, type Result } from '#lib/core';
import { LRUCache } from 'lru-cache';
import * as client from 'openid-client';
import {
  CLOCK_TOLERANCE_SECONDS,
  PROVIDER_METADATA_MS,
  PROVIDER_TIMEOUT_SECONDS,
  PROVIDERS_MAX,
} from './constants.ts';
import { ssoProblem } from './describe-problem.ts';
import type { SsoProblem } from './errors.ts';
import { pinHosts } from './pin-hosts.ts';
import { IssuerMismatch, problemOfProviderError, type ProviderStep } from './provider-errors.ts';
import { createProviderFetch, providerHosts } from './provider-fetch.ts';
import type { Changes } from './store-changes.ts';
import type { IdentityDeps, IdentityProviderRecord, TenantRecord } from './types.ts';

export interface ProviderNeed {
  readonly secret: boolean;
  readonly step: ProviderStep;
  /** Instead of the stored one: of settings that are tried out before they are saved. */
  readonly clientSecret?: string | undefined;
  /** Reads the provider's documents now and keeps none of them. */
  readonly fresh?: boolean;
}

/** The relying party's side of one tenant's OpenID Provider. */
export interface ProviderClient {
  /** Runs `use` with a client of the provider. The secret lives for the duration of `use` only. */
  run<T>(
    tenant: TenantRecord,
    provider: IdentityProviderRecord,
    need: ProviderNeed,
    use: (configuration: client.Configuration) => Promise<T>,
  ): Promise<Result<T, SsoProblem>>;
}

interface Known {
  readonly issuer: string;
  readonly metadata: client.ServerMetadata;
  jwks: ReturnType<typeof client.getJwksCache>;
}

export function createProviderClient(deps: IdentityDeps, changes: Changes): ProviderClient {
  const discover = createDiscovery(deps, changes);
  return {
    async run(tenant, provider, need, use) {
      const needsSecret = need.secret && provider.clientAuthentication !== 'none';
      const given = needsSecret ? need.clientSecret : undefined;
      const secretId = needsSecret && given === undefined ? provider.clientSecretId : undefined;
      if (needsSecret && secretId === undefined && given === undefined) {
        return err(ssoProblem('provider-misconfigured', { reason: 'there is no client secret' }));
      }
      try {
        const held = await discover(tenant, provider, need.fresh === true);
        const useWith = async (secret: string | undefined) =>
          await useOnce(held, configure(deps.egress, held, provider, secret), use);
        const value =
          secretId === undefined ? useWith(given) : deps.vault.withSecret(tenant.id, secretId, useWith);
        return ok(await value);
      } catch (error) {
        const refusal = problemOfProviderError(error, need.step);
        if (refusal === undefined) throw error;
        return err(refusal);
      }
    },
  };
}

type Discover = (tenant: TenantRecord, provider: IdentityProviderRecord, fresh: boolean) => Promise<Known>;

function createDiscovery(deps: IdentityDeps, changes: Changes): Discover {
  const known = new LRUCache<string, Known>({
    max: PROVIDERS_MAX,
    ttl: PROVIDER_METADATA_MS,
    perf: { now: () => deps.clock.now() },
    ttlResolution: 0,
  });
  changes.subscribe((change) => {
    if (change === undefined) known.clear();
    else if (change.kind === 'provider') known.delete(change.tenant);
  });
  return async (tenant, provider, isFresh) => {
    const held = isFresh ? undefined : known.get(tenant.id);
    if (held?.issuer === provider.issuer) return held;
    const found = await client.discovery(
      new URL(provider.issuer),
      provider.clientId,
      undefined,
      client.None(),
      {
        [client.customFetch]: createProviderFetch(deps.egress, hostsOf([provider.issuer])),
        timeout: PROVIDER_TIMEOUT_SECONDS,
        execute: isLoopback(provider.issuer) ? [client.allowInsecureRequests] : [],
      },
    );
    const metadata = checkMetadata(found, provider.issuer);
    await pinHosts(deps, tenant.id, provider, providerHosts(metadata));
    const fresh: Known = { issuer: provider.issuer, metadata, jwks: undefined };
    if (!isFresh) known.set(tenant.id, fresh);
    return fresh;
  };
}

function configure(
  egress: IdentityDeps['egress'],
  held: Known,
  provider: IdentityProviderRecord,
  secret: string | undefined,
): client.Configuration {
  const { metadata, jwks } = held;
  const options = { [client.clockTolerance]: CLOCK_TOLERANCE_SECONDS };
  const made = new client.Configuration(
    metadata,
    provider.clientId,
    options,
    authentication(provider, secret),
  );
  made[client.customFetch] = createProviderFetch(egress, providerHosts(metadata));
  made.timeout = PROVIDER_TIMEOUT_SECONDS;
  // The library trusts TLS for an ID token from the token endpoint; here its signature is checked in any case.
  client.enableNonRepudiationChecks(made);
  if (isLoopback(provider.issuer)) client.allowInsecureRequests(made);
  if (jwks !== undefined) client.setJwksCache(made, { ...jwks, uat: jwks.uat - JWKS_RETRY_SECONDS });
  return made;
}

/**
 * For an unknown key the library reads the key set again only if its copy is a minute old. A provider may have rotated
 * just now, and the token that names the new key came from the provider itself: the copy is handed on as that old.
 */
const JWKS_RETRY_SECONDS = 60;

/** Keeps the keys that were read; after a failure none, for it may be they that were old. */
async function useOnce<T>(
  held: Known,
  configuration: client.Configuration,
  use: (configuration: client.Configuration) => Promise<T>,
): Promise<T> {
  const given = held.jwks;
  try {
    const value = await use(configuration);
    const jwks = client.getJwksCache(configuration);
    if (jwks !== undefined && jwks.uat !== (given?.uat ?? 0) - JWKS_RETRY_SECONDS) held.jwks = jwks;
    return value;
  } catch (error) {
    held.jwks = undefined;
    throw error;
  }
}

/** The library forgives some providers a foreign issuer; an issuer is an identity, so the text must be the same. */
function checkMetadata(configuration: client.Configuration, issuer: string): client.ServerMetadata {
  const metadata = configuration.serverMetadata();
  if (metadata.issuer !== issuer) throw new IssuerMismatch(metadata.issuer);
  return metadata;
}

function authentication(provider: IdentityProviderRecord, secret: string | undefined): client.ClientAuth {
  if (secret === undefined) return client.None();
  return provider.clientAuthentication === 'client_secret_post'
    ? client.ClientSecretPost(secret)
    : client.ClientSecretBasic(secret);
}

/** The settings' schema lets http through on loopback alone. */
function isLoopback(issuer: string): boolean {
  return issuer.startsWith('http:');
}

/** Claims as plain JSON. */
export function claimsOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}
