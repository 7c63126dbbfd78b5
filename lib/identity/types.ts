import type { Clock } from '#lib/core';
import type { Database } from '#lib/db';
import type { Addresses } from '#lib/edge';
import type { Keys } from '#lib/keys';
import type { Egress } from '#lib/net';
import type { Receipts } from '#lib/receipts';
import type { Telemetry } from '#lib/telemetry';
import type { Vault } from '#lib/vault';
import type { Agents } from './agent-types.ts';
import type { People } from './people-types.ts';
import type { IdentityProviders, Sessions, SingleSignOn } from './sign-in-types.ts';
import type { Tenants } from './tenant-types.ts';

export type * from './agent-types.ts';
export type * from './people-types.ts';
export type * from './sign-in-types.ts';
export type * from './tenant-types.ts';

export interface IdentityDeps {
  readonly database: Database;
  readonly keys: Keys;
  readonly vault: Vault;
  readonly receipts: Receipts;
  readonly addresses: Addresses;
  readonly egress: Egress;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** The ledger of erased persons: a file outside the database, so that a restored backup can be erased again. */
  readonly erasureLedgerFile: string;
  /** How long backups are kept: an erasure says from when it holds for them, too. */
  readonly backupRetentionDays: number;
}

export interface Identity {
  readonly tenants: Tenants;
  readonly providers: IdentityProviders;
  readonly sso: SingleSignOn;
  readonly sessions: Sessions;
  readonly people: People;
  readonly agents: Agents;
  /** Listens for other replicas' changes; resolves when it does. */
  start(): Promise<void>;
  close(): Promise<void>;
}
