/** Three records of the same calls, kept by three parties that know nothing of each other. */

/** What a call asks for. `waived`: goes without an attempt. `forbidden`: no policy lets it pass. */
export type CallKind = 'entry' | 'waived' | 'forbidden' | 'resource' | 'prompt';

/** The newest head that an answer named. */
export interface NamedHead {
  readonly id: string;
  readonly size: number;
  readonly root: string;
}

/** What an agent was told: by a receipt that it can name, or by nothing. */
export interface Told {
  readonly receipt: string;
  readonly head: NamedHead;
  readonly as: 'result' | 'denied' | 'error';
  /** The result without our stamp, as RFC 8785 text; of an error nothing. */
  readonly result?: string;
}

/** One call as its client knows it. */
export interface SentCall {
  /** Stands in its arguments, and in those of no other call. */
  readonly key: string;
  readonly kind: CallKind;
  /** By the client's own clock, in milliseconds. */
  readonly sentAt?: number;
  readonly endedAt?: number;
  /** Absent: no answer came, or one without a receipt. */
  readonly told?: Told;
  /** What came instead. */
  readonly failure?: string;
}

/** One call as the upstream knows it. */
export interface Arrival {
  readonly key: string;
  /** `_meta["dev.countersign/attempt"]` */
  readonly attempt: string;
  /** Of the minted token. */
  readonly jti: string;
}

/** One entry as the log has it. */
export interface LogEntry {
  readonly index: number;
  readonly id: string;
  readonly kind: string;
  readonly attempt?: string;
  readonly status?: string;
  /** Seconds since the epoch. */
  readonly at: number;
}

export interface Journals {
  readonly client: readonly SentCall[];
  readonly upstream: readonly Arrival[];
  readonly log: readonly LogEntry[];
}
