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
  /** Of an attempt in a folded list: what came of it, where that is no line of the list itself. */
  readonly outcome?: {
    readonly id: ReceiptId;
    readonly kind: ReceiptKind;
    readonly status: OutcomeStatus;
  };
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
  /** `none`: attempts whose outcome is not in the log. */
  readonly status?: OutcomeStatus | 'none';
  readonly receipt?: ReceiptId;
  /** Seconds since the epoch, both inclusive. */
  readonly from?: number;
  readonly to?: number;
}

export interface ReceiptQuery {
  readonly viewer: Viewer;
  readonly filters?: ReceiptFilters;
  /** One line a call: an attempt whose outcome is found as well is left out. */
  readonly fold?: boolean;
  /** `next` of a page: what is older. */
  readonly after?: string;
  /** `previous` of a page: what is newer. */
  readonly before?: string;
  readonly limit: number;
}

/**
 * Newest first. `next` (older) may be present on a page with few or no entries: the search looks at a bounded stretch at a
 * time. `previous` (newer) is absent where the page begins with the newest.
 */
export interface ReceiptPage {
  readonly entries: readonly ReceiptSummary[];
  readonly next?: string;
  readonly previous?: string;
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
  /** The other half of a call: of an outcome its attempt, of an attempt its outcome; absent while there is none. */
  readonly pair?: PairedReceipt;
}

/** The other receipt of a call. */
export interface PairedReceipt {
  readonly summary: ReceiptSummary;
  readonly bodies: readonly BodyName[];
}

/** What a reading showed: of the receipt asked for and of the other half of its call. */
export interface OpenedBodies {
  /** The receipt of this reading. */
  readonly reading: ReceiptId;
  readonly opened: readonly {
    readonly receipt: ReceiptId;
    readonly kind: ReceiptKind;
    readonly bodies: ReceiptBodies;
  }[];
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
