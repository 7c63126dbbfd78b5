export interface AppendJob {
  readonly seconds: number;
  /** Calls under way at once. */
  readonly atOnce: number;
}

export interface AppendOutcome {
  readonly receipts: number;
  readonly seconds: number;
}
