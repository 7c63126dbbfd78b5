import { assert, canonicalJson, type JsonObject, type Role, type TenantId } from '#lib/core';
import type { TenantTransaction } from '#lib/db';
import type { SecretId } from '#lib/vault';
import { draftReceipt } from './draft-receipt.ts';
import { identityProviderSettings } from './provider-settings.ts';
import type { Changes } from './store-changes.ts';
import { findProvider, upsertProvider, type StoredProvider } from './store-providers.ts';
import type {
  IdentityDeps,
  IdentityProviderRecord,
  IdentityProviders,
  IdentityProviderSettings,
} from './types.ts';

const SECRET_PURPOSE = 'idp-client';

export function createProviders(deps: IdentityDeps, changes: Changes): IdentityProviders {
  const { database, vault, receipts, clock } = deps;

  async function isSame(
    tx: TenantTransaction,
    tenant: TenantId,
    before: StoredProvider,
    settings: IdentityProviderSettings,
    clientSecret: string | undefined,
  ): Promise<boolean> {
    // Whoever saves it again while it says to have moved takes it where it is now.
    if (before.refusedHosts.length > 0) return false;
    const { clientSecretId, ...known } = toRecord(before);
    if (canonicalJson({ ...known } as JsonObject) !== canonicalJson({ ...settings } as JsonObject))
      return false;
    if (clientSecret === undefined) return true;
    return clientSecretId !== undefined && (await vault.matches(tx, tenant, clientSecretId, clientSecret));
  }

  return {
    async save(tx, tenant, given, clientSecret, actor) {
      const settings = identityProviderSettings.parse(given);
      const before = await findProvider(tx);
      if (before !== undefined && (await isSame(tx, tenant.id, before, settings, clientSecret))) return false;
      const sameIssuer = before?.issuer === settings.issuer;
      // A secret belongs to the issuer it was given for, and is never sent to another.
      let secretId = sameIssuer ? before.clientSecretId : null;
      if (clientSecret !== undefined)
        secretId = await vault.put(tx, tenant.id, { purpose: SECRET_PURPOSE }, clientSecret);
      if (before && before.clientSecretId !== null && before.clientSecretId !== secretId) {
        await vault.remove(tx, tenant.id, before.clientSecretId as SecretId);
      }
      const endpointHosts = sameIssuer ? hostsOnSave(before) : [];
      await upsertProvider(tx, tenant.id, toStored(settings, secretId, endpointHosts));
      const details = {
        action: 'provider.save',
        ...settings,
        hosts: endpointHosts,
        secret: clientSecret === undefined ? 'kept' : 'replaced',
      };
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
      return stored && toRecord(stored);
    },
  };
}

function hostsOnSave({ endpointHosts, refusedHosts }: StoredProvider): readonly string[] {
  return refusedHosts.length > 0 ? refusedHosts : endpointHosts;
}

function toStored(
  { issuer, clientId, roleMapping, ...settings }: IdentityProviderRecord,
  clientSecretId: string | null,
  endpointHosts: readonly string[],
): StoredProvider {
  const hosts = { endpointHosts, refusedHosts: [] };
  return {
    issuer,
    clientId,
    clientSecretId,
    settings: { ...settings },
    roleMapping: { ...roleMapping },
    ...hosts,
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
  return clientSecretId === null
    ? parsed.data
    : { ...parsed.data, clientSecretId: clientSecretId as SecretId };
}
