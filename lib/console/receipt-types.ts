import type { JsonObject, ReceiptId } from '#lib/core';
import type {
  BodyName,
  Bundle,
  OpenedBodies,
  PairedReceipt,
  ReceiptFilters,
  ReceiptSummary,
} from '#lib/receipts';
import type { Visitor } from './types.ts';

/** A line of the receipt list: the log's clear facts, and names where the visitor may know them. */
export interface ReceiptRow extends ReceiptSummary {
  readonly personName?: string;
  readonly agentName?: string;
  /** Of an administration, a sign-in, a consent or a token: what was done. Absent once nobody's key opens it any more. */
  readonly act?: ReceiptAct;
}

export interface ReceiptAct {
  /** `policy.save`, `consent.declined`. */
  readonly name: string;
  /** Ids of what it was done to. */
  readonly objects: readonly string[];
}

export interface ReceiptRows {
  readonly rows: readonly ReceiptRow[];
  /** What is older. */
  readonly next?: string;
  /** What is newer; absent where the page begins with the newest. */
  readonly previous?: string;
}

/** What a receipt discloses to this visitor. */
export interface ReceiptView {
  readonly row: ReceiptRow;
  /** The payload as signed: what everybody who holds the receipt sees. */
  readonly payload: JsonObject;
  /** Disclosed claims by name. */
  readonly disclosed: Readonly<Record<string, unknown>>;
  /** The disclosures themselves (RFC 9901 §4.2). */
  readonly disclosures: readonly string[];
  /** Digests that no disclosure opens: decoys, and after an erasure what was about the person. */
  readonly undisclosed: number;
  /** False after the person was erased. */
  readonly opened: boolean;
  /** Bodies in the archive that may be opened, each reading receipted. */
  readonly bodies: readonly BodyName[];
  /** The other half of the call: its attempt, or its outcome. */
  readonly pair?: PairedReceipt;
  readonly sdJwt?: string;
  /** C2SP tlog-proof against the newest checkpoint. */
  readonly proof?: string;
  /** The deciding policies as they were, for who may read policies. */
  readonly policies?: { readonly version: number; readonly texts: Readonly<Record<string, string>> };
  /** What that checkpoint says. */
  readonly checkpoint?: { readonly origin: string; readonly size: string; readonly root: string };
}

export interface ReceiptListQuery {
  readonly filters?: ReceiptFilters;
  /** One line a call. */
  readonly fold?: boolean;
  readonly after?: string;
  readonly before?: string;
  readonly limit?: number;
}

/** The receipts of a filtered list as one bundle, the newest of them where there are too many. */
export interface ListBundle {
  readonly bundle: Bundle;
  readonly receipts: number;
  /** False: older receipts fit too, or receipts of an older log, and are not in it. */
  readonly complete: boolean;
}

/** What the list can be filtered by, as far as this visitor may know it. */
export interface ReceiptChoices {
  /** Empty for who sees only their own receipts. */
  readonly people: readonly { readonly reference: string; readonly label: string }[];
  readonly agents: readonly { readonly clientId: string; readonly name: string }[];
  readonly servers: readonly { readonly id: string; readonly tools: readonly string[] }[];
}

/** Receipts as people read them. Everything is limited to what the visitor may see, in lib/receipts itself. */
export interface ReceiptConsole {
  listReceipts(visitor: Visitor, query: ReceiptListQuery): Promise<ReceiptRows>;
  receiptChoices(visitor: Visitor): Promise<ReceiptChoices>;
  viewReceipt(visitor: Visitor, id: ReceiptId): Promise<ReceiptView | undefined>;
  /** Opens the whole call: this receipt and the other half. Leaves a `read` receipt that names the visitor. */
  openBodies(visitor: Visitor, id: ReceiptId): Promise<OpenedBodies | undefined>;
  /** Bodies only when asked for, each reading receipted. Undefined: one of the receipts is not the visitor's to see. */
  bundle(
    visitor: Visitor,
    receipts: readonly ReceiptId[],
    bodies: boolean,
  ): Promise<Bundle | 'too-large' | undefined>;
  /** A receipt and the other half of its call, without bodies. */
  bundleCall(visitor: Visitor, id: ReceiptId): Promise<Bundle | undefined>;
  /** Undefined: no receipt fits. */
  bundleList(
    visitor: Visitor,
    filters: ReceiptFilters,
    bodies: boolean,
  ): Promise<ListBundle | 'too-large' | undefined>;
}
