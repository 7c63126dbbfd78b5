import type { CheckName, Verdict } from '#lib/evidence';

/** One check as a person reads it. */
export interface CheckLine {
  readonly name: CheckName;
  readonly state: 'passed' | 'failed' | 'open';
  readonly proves: string;
  readonly butNot: string;
  /** What failed or stayed open, and where; of a passed check nothing. */
  readonly findings: readonly { readonly at?: string; readonly detail: string }[];
}

export interface VerifiedReceipt {
  readonly at: string;
  readonly id?: string;
  readonly index?: string;
  readonly what?: string;
}

/** A key that the trust file pins. */
export interface PinnedKey {
  readonly use: 'log' | 'receipts';
  /** Of a log key the name and key id of its notes, of a receipt key its RFC 7638 thumbprint. */
  readonly fingerprint: string;
}

/** A verdict without anything that a page would have to look up: made where the verification ran. */
export interface VerdictModel {
  readonly verdict: Verdict['verdict'];
  readonly checks: readonly CheckLine[];
  /** The first of them where there are many. */
  readonly receipts: readonly VerifiedReceipt[];
  readonly receiptCount: number;
  readonly log?: { readonly origin: string; readonly size: string };
  readonly notes: readonly string[];
  readonly noteCount: number;
  readonly pinned: readonly PinnedKey[];
}

export interface VerifyRequest {
  readonly bundle: string;
  /** The text of a trust file; without one nothing is more than UNVERIFIABLE. */
  readonly trust: string | undefined;
}

/** Undefined: a defect of the verifier, and no verdict. */
export type VerifyAnswer = VerdictModel | undefined;
