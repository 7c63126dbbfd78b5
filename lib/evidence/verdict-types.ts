import type { Json } from '#lib/core';
import type { Ed25519Jwk, ReceiptPayload, SignedPayload } from './types.ts';

/** What a receipt is about, in full: kept by those who may read it, checked against the disclosed digests. */
export interface ReceiptBody {
  readonly arguments?: Json;
  /** The hashed bytes, as text. */
  readonly result?: string;
  readonly context?: Json;
  readonly values?: Json;
}

export type BundleReceipt =
  | { readonly sd_jwt: string; readonly proof: string; readonly body?: ReceiptBody }
  | {
      /** RFC 8785 text of an attempt's payload. */
      readonly leaf: string;
      readonly disclosures: readonly string[];
      readonly proof: string;
      readonly body?: ReceiptBody;
    };

export interface Bundle {
  readonly format: 'countersign-bundle/v1';
  readonly receipts: readonly BundleReceipt[];
  readonly keys?: readonly { readonly sd_jwt: string; readonly proof: string }[];
  /** C2SP add-checkpoint bodies. */
  readonly consistency?: readonly string[];
}

export interface TrustFile {
  readonly format: 'countersign-trust/v1';
  readonly issuer: string;
  readonly logs: readonly {
    readonly origin: string;
    /** vkeys */
    readonly keys: readonly string[];
    /** In force for leaf indexes `from` up to and including `to`. */
    readonly receipt_keys: readonly {
      readonly jwk: Ed25519Jwk;
      readonly from: number;
      readonly to?: number;
    }[];
  }[];
}

export type CheckName =
  | 'format'
  | 'encoding'
  | 'schema'
  | 'disclosures'
  | 'signature'
  | 'inclusion'
  | 'bodies'
  | 'keys'
  | 'trust'
  | 'checkpoint'
  | 'uniqueness'
  | 'attempts'
  | 'heads'
  | 'consistency';

export interface Check {
  readonly name: CheckName;
  /** `receipts/0`, `keys/0`, `consistency/0`; absent for a check of the bundle as a whole. */
  readonly at?: string;
  readonly passed: 'yes' | 'no' | 'not made';
  /** What was found, in words. */
  readonly detail: string;
}

/** What the bundle tells about one receipt, and what it leaves out. */
export interface ReceiptFinding {
  readonly at: string;
  readonly index?: string;
  /** After RFC 9901 processing; absent where schema or encoding failed. */
  readonly payload?: ReceiptPayload;
  /** Digests without a disclosure: withheld claims and decoys alike. */
  readonly undisclosed: number;
  /** Bodies whose digest is disclosed and that are not in the bundle. */
  readonly absentBodies: readonly string[];
}

export interface Verdict {
  readonly verdict: 'VALID' | 'INVALID' | 'UNVERIFIABLE';
  readonly checks: readonly Check[];
  readonly receipts: readonly ReceiptFinding[];
  /** The one checkpoint that all proofs lead to. */
  readonly checkpoint?: { readonly origin: string; readonly size: string; readonly root: string };
  /** What no check can show or what was left out; never changes the verdict. */
  readonly notes: readonly string[];
}

/** A receipt that can't be opened, and the first reason found. */
export interface ReceiptProblem {
  readonly check: 'encoding' | 'schema' | 'disclosures';
  /** The format's version is not ours: nothing is known to be wrong. */
  readonly unknownVersion?: true;
  readonly detail: string;
}

/** A receipt taken apart and checked by itself: strict encodings, closed schema, disclosures. No signature yet. */
export interface OpenedReceipt {
  /** Leaf data of the log: the JWT's bytes, or an attempt's text. */
  readonly leaf: Uint8Array;
  readonly signed: SignedPayload;
  readonly payload: ReceiptPayload;
  readonly undisclosed: number;
  /** Absent for an attempt, which has no signature of its own. */
  readonly signature?: { readonly kid: string; readonly message: Uint8Array; readonly bytes: Uint8Array };
}
