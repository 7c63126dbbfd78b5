import type { TenantId, TenantSlug } from '#lib/core';
import type { TenantClient, TenantTransaction } from '#lib/db';
import type { ReceiptActor } from '#lib/receipts';

/** Who a receipt names as the one who acted. */
export type Actor = ReceiptActor;

/**
 * Only an `active` tenant is served. `reopening`: a restore is being settled. `shredding`: its keys are going, or their
 * provider has not destroyed them yet; `shredded`: nothing of it can be opened any more, in no backup.
 */
export type TenantState = 'creating' | 'active' | 'suspended' | 'reopening' | 'shredding' | 'shredded';

export interface TenantRecord {
  readonly id: TenantId;
  readonly slug: TenantSlug;
  /** The canonical URL at creation: the receipts' `iss`, never changed. */
  readonly issuer: string;
  readonly canonicalUrl: string;
  readonly displayName: string;
  readonly state: TenantState;
  /** Shows the mark on every page. */
  readonly demo: boolean;
}

export interface TenantDraft {
  readonly slug: TenantSlug;
  readonly displayName: string;
  readonly demo: boolean;
}

export interface Tenants {
  /**
   * Makes a tenant with its keys and its open log, or finishes one whose making was interrupted; an existing one is
   * returned as it is. Its creation is a receipt in the tenant's own log.
   */
  create(draft: TenantDraft, actor: Actor): Promise<TenantRecord>;
  /** The instance's own tenant `_instance`: receipts that concern no tenant. Made at first use. Has no address. */
  instance(): Promise<TenantRecord>;
  /** Never the instance's own tenant. Cached, bounded. */
  bySlug(slug: TenantSlug): Promise<TenantRecord | undefined>;
  /** The cache's answer: `undefined` is "not known here", `null` is "there is none". */
  cachedBySlug(slug: TenantSlug): TenantRecord | null | undefined;
  byId(id: TenantId): Promise<TenantRecord | undefined>;
  /** Without the instance's own. */
  list(): Promise<readonly TenantRecord[]>;
  /** In the caller's transaction: from its commit on every replica knows, and drops what it holds of the tenant. */
  changeState(
    tx: TenantTransaction,
    tenant: TenantRecord,
    state: Exclude<TenantState, 'creating'>,
  ): Promise<void>;
  /** In the caller's transaction, with its receipt. False when it has this name already. */
  rename(tx: TenantTransaction, tenant: TenantRecord, displayName: string, actor: Actor): Promise<boolean>;
  /** The name as a transaction under way sees it. */
  displayNameIn(client: TenantClient, tenant: TenantId): Promise<string>;
  /**
   * Brings every tenant's canonical URL in line with the configuration's template, with a receipt per change.
   * Issuers of receipts stay as they were.
   */
  readdress(actor: Actor): Promise<readonly TenantRecord[]>;
}
