import type { Clock, GrantId, Person, ServerId } from '#lib/core';
import type { Addresses } from '#lib/edge';
import type { Identity, TenantRecord } from '#lib/identity';
import type { PinnedServer, Registry } from '#lib/registry';
import type { PayloadStore } from './store.ts';
import type { GrantStore } from './store-grants.ts';
import type { ReplayStore } from './store-replays.ts';
import type { SettingsStore } from './store-settings.ts';
import type { GrantRecord, RevocationReason } from './types.ts';

/** What an access token is about to be issued for; all of it was checked just now. */
export interface IssueRequest {
  readonly clientId: string;
  readonly resource: string;
  readonly expiresAt: number;
  readonly ip: string;
}

export interface IssuedFor {
  readonly grant: GrantRecord;
  readonly subject: string;
}

/** What one tenant's authorization server works with. */
export interface TenantScope {
  readonly tenant: TenantRecord;
  readonly addresses: Addresses;
  readonly identity: Identity;
  readonly registry: Registry;
  readonly payloads: PayloadStore;
  readonly replays: ReplayStore;
  readonly settings: SettingsStore;
  readonly grantStore: GrantStore;
  readonly clock: Clock;
  /** Ends a grant because of what its client did; receipted. */
  endGrant(grant: GrantId, reason: RevocationReason, clientId: string | undefined): Promise<void>;
  /** The server a resource identifier of this tenant names, if it is registered. */
  findServer(resource: string): Promise<PinnedServer | undefined>;
  /** The person, if they may act now: active, with groups that map to a role. */
  findActivePerson(id: string): Promise<Person | undefined>;
  /** Everything is checked again and receipted before a user's token is signed. @throws {errors.InvalidGrant} */
  issueForUser(grant: GrantId, request: IssueRequest): Promise<IssuedFor>;
  /** The same for an agent by itself; finds or makes its grant. @throws {errors.OIDCProviderError} */
  issueForAgent(request: IssueRequest): Promise<IssuedFor>;
}

export function serverOf(
  { addresses, tenant }: Pick<TenantScope, 'addresses' | 'tenant'>,
  resource: string,
): ServerId | undefined {
  const parsed = addresses.parseResourceUrl(resource);
  return parsed?.slug === tenant.slug ? parsed.server : undefined;
}
