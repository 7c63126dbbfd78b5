import type { PersonId, ReceiptId, Result, TenantId } from '#lib/core';
import type { TenantTransaction } from '#lib/db';
import type { ReceiptDraft } from '#lib/receipts';
import type { PolicyProblem, PolicyServer, PolicySetVersion, PolicyTexts } from './types.ts';

/** What one version changed against the version that was in force before it. Lists may be cut; the counts are whole. */
export interface PolicyChange {
  /** How many policies the set has. */
  readonly policies: number;
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  readonly counts: { readonly added: number; readonly changed: number; readonly removed: number };
}

/** Who made a version the active one. */
export interface PolicyAuthor {
  readonly mode: ReceiptDraft['actor']['mode'];
  readonly person?: PersonId;
  /** `cli:<user>` of an operator. */
  readonly workload?: string;
}

/** One moment at which a version came into force. */
export interface PolicyActivation {
  /** 1, 2, 3 … per tenant. */
  readonly number: number;
  readonly version: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly author: PolicyAuthor;
  readonly change: PolicyChange;
  readonly receipt: ReceiptId;
}

/** A version without its texts. */
export interface PolicyVersion {
  readonly version: number;
  readonly sha256: string;
  readonly createdAt: number;
  readonly active: boolean;
  /** Oldest first: the first one made it. A version may come into force again. */
  readonly activations: readonly PolicyActivation[];
}

export type PolicyVersionName = number | 'active' | { readonly sha256: string };

export interface PolicyVersionTexts {
  readonly version: number;
  readonly sha256: string;
  readonly active: boolean;
  readonly policies: PolicyTexts;
}

export interface PolicyVersionPage {
  /** Newest first. */
  readonly versions: readonly PolicyVersion[];
  /** `before` of the next page; absent on the last one. */
  readonly next?: number;
}

/** A line of a policy: in both texts, or in one. */
export interface DifferenceLine {
  readonly kind: 'same' | 'added' | 'removed';
  readonly text: string;
}

/** One policy that differs between two sets. */
export interface PolicyDifference {
  readonly policyId: string;
  readonly change: 'added' | 'changed' | 'removed';
  readonly lines: readonly DifferenceLine[];
}

/** Why an earlier version can't come into force: there is none, or today's servers do not bear it out. */
export type ActivationProblem =
  { readonly kind: 'missing' } | { readonly kind: 'invalid'; readonly problems: readonly PolicyProblem[] };

export interface ActivateVersion {
  readonly version: number;
  /** All servers of the tenant: a version is validated against what is pinned today, not against what was. */
  readonly servers: readonly PolicyServer[];
  readonly author: ReceiptDraft['actor'];
}

/** A tenant's versions: what was in force, since when, by whom, and what differed. */
export interface PolicyVersions {
  versions(
    tenant: TenantId,
    page?: { readonly limit?: number; readonly before?: number | undefined },
  ): Promise<PolicyVersionPage>;
  /** One version with its texts; `active` for the one in force, by its hash what a receipt's decision names. */
  version(tenant: TenantId, version: PolicyVersionName): Promise<PolicyVersionTexts | undefined>;
  /** Policy by policy, line by line. Pure. */
  compare(before: PolicyTexts, after: PolicyTexts): readonly PolicyDifference[];
  /** Brings a stored version into force again, with a receipt of its own; replicas are told after the commit. */
  activate(
    tx: TenantTransaction,
    tenant: TenantId,
    input: ActivateVersion,
  ): Promise<Result<PolicySetVersion, ActivationProblem>>;
}
