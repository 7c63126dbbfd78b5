/**
 * Why nothing was sent, or why no usable answer came. `unavailable` is all that callers of class `metadata` ever see: a
 * stranger who chose the URL must not learn what stands behind it.
 */
export type EgressProblemKind =
  | 'malformed'
  | 'insecure'
  | 'forbidden-address'
  | 'foreign-host'
  | 'rate-limited'
  | 'redirect'
  | 'too-large'
  | 'encoded'
  | 'timed-out'
  | 'unreachable'
  | 'unavailable';

export interface EgressProblem {
  readonly kind: EgressProblemKind;
  /** For people: what and how to mend it, without the URL's path and query. */
  readonly message: string;
}

/** A request that was refused on our side, or that came to nothing. */
export class EgressError extends Error implements EgressProblem {
  readonly kind: EgressProblemKind;
  /** Upper-case code, as system errors have one. */
  readonly code: string;
  constructor({ kind, message }: EgressProblem, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'EgressError';
    this.kind = kind;
    this.code = `EGRESS_${kind.toUpperCase().replaceAll('-', '_')}`;
  }
}
