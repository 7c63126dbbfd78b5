import type { LogId, ReceiptId, ReplicaId } from '#lib/core';
import { OUTCOME_KINDS, type OutcomeStatus, type RefusalReason, type SignedPayload } from '#lib/evidence';
import type { AuditedReceipt, AuditRange, Found, WaivedCalls } from './audit-types.ts';
import { AUDIT_LISTED_MAX } from './constants.ts';

/** Counts all of them and keeps the first. */
export class Finds<T> {
  #count = 0;
  readonly #first: T[] = [];

  add(found: T): void {
    this.#count += 1;
    if (this.#first.length < AUDIT_LISTED_MAX) this.#first.push(found);
  }

  list(): Found<T> {
    return { count: this.#count, first: this.#first };
  }
}

/** An entry as it stands in a log. */
export interface AuditEntry {
  readonly log: LogId;
  readonly index: number;
  readonly replica: ReplicaId;
  readonly payload: SignedPayload;
}

export interface OpenAttempt extends AuditedReceipt {
  readonly replica: ReplicaId;
}

export function auditedReceipt({ log, index, payload }: Omit<AuditEntry, 'replica'>): AuditedReceipt {
  const { jti, iat, server, tool } = payload;
  return {
    receipt: jti as ReceiptId,
    log,
    index,
    at: iat,
    ...(server && { server: server.id }),
    ...(tool && { tool: tool.name }),
  };
}

/**
 * What the entries of the logs come to, read in their order. An attempt stands before its outcome, so that only calls
 * that are open at this place of the log have to be kept.
 */
export class AuditTally {
  /** Attempts of the range without an outcome so far. */
  readonly open = new Map<ReceiptId, OpenAttempt>();
  /** Outcomes of the range whose attempt was not open: it stands before the range, is closed, or is nowhere. */
  readonly unmatched = new Map<ReceiptId, AuditedReceipt>();
  readonly unknown = new Finds<AuditedReceipt>();
  readonly late = new Finds<AuditedReceipt>();
  /** Changes of servers: what they are about is disclosed, not clear. */
  readonly serverChanges: ReceiptId[] = [];
  attempts = 0;
  readonly #outcomes = new Map<OutcomeStatus, number>();
  readonly #waived = new Map<string, WaivedCalls>();
  readonly #refusals = new Map<RefusalReason, number>();
  readonly #range: Pick<AuditRange, 'from' | 'to'>;

  constructor(range: Pick<AuditRange, 'from' | 'to'>) {
    this.#range = range;
  }

  add(entry: AuditEntry): void {
    const { payload } = entry;
    const isInRange = this.holds(payload.iat);
    if (OUTCOME_KINDS.includes(payload.kind)) return this.#addOutcome(entry, isInRange);
    if (!isInRange) return;
    if (payload.kind === 'attempt') {
      this.attempts += 1;
      this.open.set(payload.jti as ReceiptId, { ...auditedReceipt(entry), replica: entry.replica });
    } else if (payload.kind === 'late_outcome') this.late.add(auditedReceipt(entry));
    else if (payload.kind === 'admin' && payload.server) this.serverChanges.push(payload.jti as ReceiptId);
    else if (payload.aggregate) this.#addRefusals(payload.aggregate.counts);
  }

  /** Whether a receipt of this time is asked for. */
  holds(at: number): boolean {
    const { from, to } = this.#range;
    return (from === undefined || at >= from) && (to === undefined || at <= to);
  }

  outcomes(): readonly { readonly status: OutcomeStatus; readonly count: number }[] {
    return [...this.#outcomes].map(([status, count]) => ({ status, count }));
  }

  waivedCalls(): readonly WaivedCalls[] {
    return [...this.#waived.values()];
  }

  refusals(): readonly { readonly reason: RefusalReason; readonly count: number }[] {
    return [...this.#refusals].map(([reason, count]) => ({ reason, count }));
  }

  /** One after the range closes its attempt all the same. */
  #addOutcome(entry: AuditEntry, isInRange: boolean): void {
    const { attempt, outcome } = entry.payload;
    const isMatched = attempt !== undefined && this.open.delete(attempt as ReceiptId);
    if (!isInRange) return;
    if (attempt === undefined) this.#addWaived(entry.payload);
    else if (!isMatched) this.unmatched.set(attempt as ReceiptId, auditedReceipt(entry));
    if (outcome === undefined) return;
    this.#outcomes.set(outcome.status, (this.#outcomes.get(outcome.status) ?? 0) + 1);
    if (outcome.status === 'unknown') this.unknown.add(auditedReceipt(entry));
  }

  /** A credential stands in an outcome only where something was sent. */
  #addWaived({ server, tool, credential }: SignedPayload): void {
    if (credential === undefined || server === undefined) return;
    const name = tool?.name ?? '';
    const key = `${server.id}\n${name}`;
    const calls = (this.#waived.get(key)?.calls ?? 0) + 1;
    this.#waived.set(key, { server: server.id, tool: name, calls });
  }

  #addRefusals(counts: readonly { readonly reason: RefusalReason; readonly count: number }[]): void {
    for (const { reason, count } of counts)
      this.#refusals.set(reason, (this.#refusals.get(reason) ?? 0) + count);
  }
}
