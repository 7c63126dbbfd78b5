import { assert, canonicalJson, type JsonObject, type Role, type TenantId } from '#lib/core';
import type { TenantTransaction } from '#lib/db';
import type { SecretId } from '#lib/vault';
import { draftReceipt } from './draft-receipt.ts';
import { areSameHosts, namedHosts } from './endpoint-hosts.ts';
import { isSealedProvider, sealProvider } from './provider-seal.ts';
import { identityProviderSettings } from './provider-settings.ts';
import type { Changes } from './store-changes.ts';
import { findProvider, upsertProvider, type StoredProvider } from './store-providers.ts';
import type {
  IdentityDeps,
  IdentityProviderRecord,
  IdentityProviders,
  IdentityProviderSettings,
  ProviderHosts,
} from './types.ts';

const SECRET_PURPOSE = 'idp-client';
const NO_HOSTS: ProviderHosts = { pinned: [], refused: [] };

export function createProviders(deps: IdentityDeps, changes: Changes): IdentityProviders {
  const { database, keys, vault, receipts, clock, telemetry } = deps;

  async function isSame(
    tx: TenantTransaction,
    tenant: TenantId,
    before: StoredProvider,
    settings: IdentityProviderSettings,
    clientSecret: string | undefined,
  ): Promise<boolean> {
    const { clientSecretId, hosts: _, ...known } = toRecord(before);
    if (canonicalJson({ ...known } as JsonObject) !== canonicalJson({ ...settings } as JsonObject))
      return false;
    if (clientSecret === undefined) return true;
    return clientSecretId !== undefined && (await vault.matches(tx, tenant, clientSecretId, clientSecret));
  }

  return {
    async save(tx, tenant, given, clientSecret, actor) {
      const settings = identityProviderSettings.parse(given);
      const stored = await findProvider(tx);
      // What nobody saved here is replaced, and nothing of it is kept.
      const before = stored && (await isSealedProvider(keys, tenant.id, stored)) ? stored : undefined;
      if (before !== undefined && (await isSame(tx, tenant.id, before, settings, clientSecret))) return false;
      const sameIssuer = before?.issuer === settings.issuer;
      // A secret belongs to the issuer it was given for, and is never sent to another.
      let secretId = sameIssuer ? before.clientSecretId : null;
      if (clientSecret !== undefined)
        secretId = await vault.put(tx, tenant.id, { purpose: SECRET_PURPOSE }, clientSecret);
      if (stored && stored.clientSecretId !== null && stored.clientSecretId !== secretId) {
        await vault.remove(tx, tenant.id, stored.clientSecretId as SecretId);
      }
      const known = sameIssuer ? toHosts(before) : NO_HOSTS;
      const hosts = hostsOnSave(known, settings);
      const saved = toStored(settings, secretId, hosts);
      await upsertProvider(tx, tenant.id, { ...saved, seal: await sealProvider(keys, tenant.id, saved) });
      const secret = clientSecret === undefined ? 'kept' : 'replaced';
      const acts: readonly JsonObject[] = [
        { action: 'provider.save', ...settings, secret },
        ...(areSameHosts(known.pinned, hosts.pinned)
          ? []
          : [
              {
                action: 'provider.pin',
                issuer: settings.issuer,
                hosts: hosts.pinned,
                before: known.pinned,
              },
            ]),
      ];
      for (const details of acts)
        await receipts.stage(tx, tenant.id, draftReceipt(clock, actor, { kind: 'admin', details }));
      changes.announce(tx, { kind: 'provider', tenant: tenant.id, subject: '' });
      return true;
    },
    async loadIn(client) {
      const stored = await findProvider(client);
      return stored && toRecord(stored);
    },
    async load(tenant) {
      const stored = await database.tenantDb(tenant.id).read(findProvider);
      if (stored === undefined) return undefined;
      if (await isSealedProvider(keys, tenant.id, stored)) return toRecord(stored);
      telemetry.logger.error(
        { tenant: tenant.slug },
        'the row of the identity provider is not as it was saved',
      );
      return undefined;
    },
    async isAltered(tenant) {
      const stored = await database.tenantDb(tenant.id).read(findProvider);
      return stored !== undefined && !(await isSealedProvider(keys, tenant.id, stored));
    },
  };
}

/** What a discovery document says is no decision: only hosts that somebody names replace the ones that are known. */
function hostsOnSave(known: ProviderHosts, settings: IdentityProviderSettings): ProviderHosts {
  const named = namedHosts(settings);
  const pinned = named.length === 0 ? known.pinned : named;
  const isAccepted = known.refused.every((host) => pinned.includes(host));
  return { pinned, refused: isAccepted ? [] : known.refused };
}

function toHosts({ endpointHosts, refusedHosts }: StoredProvider): ProviderHosts {
  return { pinned: endpointHosts, refused: refusedHosts };
}

function toStored(
  { issuer, clientId, roleMapping, ...settings }: IdentityProviderSettings,
  clientSecretId: string | null,
  { pinned, refused }: ProviderHosts,
): Omit<StoredProvider, 'seal'> {
  return {
    issuer,
    clientId,
    clientSecretId,
    settings: { ...settings },
    roleMapping: { ...roleMapping },
    endpointHosts: pinned,
    refusedHosts: refused,
  };
}

function toRecord(stored: StoredProvider): IdentityProviderRecord {
  const { issuer, clientId, clientSecretId, settings, roleMapping } = stored;
  const parsed = identityProviderSettings.safeParse({
    ...settings,
    issuer,
    clientId,
    roleMapping: roleMapping as Record<string, Role[]>,
  });
  assert(parsed.success, 'stored provider settings fit their own schema');
  const record = { ...parsed.data, hosts: toHosts(stored) };
  return clientSecretId === null ? record : { ...record, clientSecretId: clientSecretId as SecretId };
}
