import type { ClientId, JsonObject, LogId, ReceiptId, ServerId, SubjectReference } from '#lib/core';
import type { Effect, KeyClaim, OutcomeStatus, ReceiptKind } from '#lib/evidence';
import type { ReceiptActor } from './draft-types.ts';

/** The log's clear facts about one receipt, for lists. */
export interface ReceiptSummary {
  readonly id: ReceiptId;
  readonly log: LogId;
  readonly index: number;
  readonly kind: ReceiptKind;
  /** Seconds since the epoch. */
  readonly at: number;
  readonly mode: ReceiptActor['mode'];
  /** Reference to the person; absent without one. */
  readonly subject?: SubjectReference;
  /** Compare with `clientLookup`. */
  readonly client?: string;
  readonly server?: string;
  readonly tool?: string;
  readonly effect?: Effect;
  readonly status?: OutcomeStatus;
  readonly attempt?: ReceiptId;
}

/** Whose eyes: auditors and admins see all receipts, everybody else their own. */
export interface Viewer {
  readonly all: boolean;
  readonly reference?: SubjectReference;
}

/** A viewer who opens what is sealed; named in the `read` receipt. */
export interface Reader extends Viewer {
  readonly actor: ReceiptActor;
}

export interface ReceiptFilters {
  readonly person?: SubjectReference;
  readonly agent?: ClientId | string;
  readonly server?: ServerId | string;
  readonly tool?: string;
  readonly effect?: Effect;
  readonly kind?: ReceiptKind;
  readonly status?: OutcomeStatus;
  /** Seconds since the epoch, both inclusive. */
  readonly from?: number;
  readonly to?: number;
}

export interface ReceiptQuery {
  readonly viewer: Viewer;
  readonly filters?: ReceiptFilters;
  /** `next` of the page before. */
  readonly after?: string;
  readonly limit: number;
}

/** Newest first. `next` may be present on a page with few or no entries: the search looks at a bounded stretch at a time. */
export interface ReceiptPage {
  readonly entries: readonly ReceiptSummary[];
  readonly next?: string;
}

/** A receipt as stored, with the disclosures that the viewer's rights and the person's key still open. */
export interface StoredReceipt {
  readonly summary: ReceiptSummary;
  /** The issuer-signed JWT, or of an attempt its text: without disclosures. */
  readonly leaf: string;
  /** The payload as signed. */
  readonly payload: JsonObject;
  /** SD-JWT of `leaf` and `disclosures`; absent for attempts. */
  readonly sdJwt?: string;
  readonly disclosures: readonly string[];
  /** False when the person was erased: what was sealed about them is gone for ever. */
  readonly opened: boolean;
  /** Names of the bodies in the archive; `openBodies` reads them, and says so in the log. */
  readonly bodies: readonly BodyName[];
}

export type BodyName = 'arguments' | 'result' | 'context' | 'values';
export type ReceiptBodies = { readonly [name in BodyName]?: string };

export interface BundleRequest {
  readonly reader: Reader;
  readonly receipts: readonly ReceiptId[];
  readonly bodies: boolean;
  /** Adds the proof that the bundle's checkpoint extends the log of this size. */
  readonly consistentWith?: number;
}

/** Where the log announced a key: the first receipt that names it. */
export interface KeyAnnouncement {
  readonly kid: string;
  readonly purpose: KeyClaim['purpose'];
  readonly receipt: ReceiptId;
  /** Seconds since the epoch. */
  readonly at: number;
  /** Of keys that sign checkpoints: C2SP's text of the verifier key, with its name and hash. */
  readonly vkey?: string;
}
