/** What one connection of the load generator sends, again and again. */
export interface LoadClient {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface LoadJob {
  readonly url: string;
  /** One per connection. */
  readonly clients: readonly LoadClient[];
  readonly seconds: number;
  /** This many calls, however long they take, instead of `seconds`. */
  readonly calls?: number;
  /** Text that every successful answer holds. */
  readonly marker: string;
}

export interface LoadOutcome {
  readonly calls: number;
  /** Answers without the marker, other statuses, broken connections, time-outs. */
  readonly failed: number;
  readonly rps: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
}
