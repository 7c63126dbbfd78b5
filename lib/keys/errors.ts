import type { TenantId } from '#lib/core';

/** Why a tenant's key-encryption key can't be used. The tenant is refused; others go on. */
export interface KeyMismatch {
  readonly kind: 'no-keys' | 'destroyed' | 'missing' | 'unreadable' | 'wrong';
  readonly tenant: TenantId;
  /** For the operator: what, where, how to mend it. */
  readonly message: string;
}

/** Keys can't be had now: calls of this tenant are answered with 503. */
export class KeyUnavailable extends Error {
  readonly mismatch: KeyMismatch;
  constructor(mismatch: KeyMismatch, cause?: unknown) {
    super(mismatch.message, cause === undefined ? undefined : { cause });
    this.name = 'KeyUnavailable';
    this.mismatch = mismatch;
  }
}

/** Bytes that are not an envelope of ours for this place: moved, altered, or of a key that is gone. */
export class EnvelopeError extends Error {
  readonly kind: 'malformed' | 'misplaced' | 'unknown-key' | 'commitment' | 'authentication';
  constructor(kind: EnvelopeError['kind'], message: string) {
    super(message);
    this.name = 'EnvelopeError';
    this.kind = kind;
  }
}

/** A sealer that outlived its key's time in memory, or whose key was destroyed. */
export class StaleSealer extends Error {
  constructor() {
    super(
      'this sealer is no longer good: its key was destroyed or its time in memory is over; get a new one',
    );
    this.name = 'StaleSealer';
  }
}
