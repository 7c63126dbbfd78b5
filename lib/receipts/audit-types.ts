import type { LogId, ReceiptId } from '#lib/core';
import type { OutcomeStatus, RefusalReason } from '#lib/evidence';
import type { KeyAnnouncement } from './read-types.ts';

/** What is looked at: receipts of this time, in seconds since the epoch, both inclusive. */
export interface AuditRange {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** How far a receipt's own time may stand from that of its place in the log. */
  readonly clockBoundSeconds: number;
}

/** How many there are, and the first of them. */
export interface Found<T> {
  readonly count: number;
  readonly first: readonly T[];
}

/** A receipt and where it stands. */
export interface AuditedReceipt {
  readonly receipt: ReceiptId;
  readonly log: LogId;
  readonly index: number;
  /** Seconds since the epoch. */
  readonly at: number;
  readonly server?: string;
  readonly tool?: string;
}

/** A receipt whose own time does not fit its place, or a batch that PostgreSQL dates before the one in front of it. */
export interface ClockAnomaly extends AuditedReceipt {
  readonly kind: 'ahead' | 'behind' | 'database';
  readonly seconds: number;
}

export interface AuditedLog {
  readonly id: LogId;
  readonly origin: string;
  /** Entries that its head covers. */
  readonly size: number;
  /** Entries that were looked at. */
  readonly looked: number;
  /** Stretches of indexes that are not there. */
  readonly holes: Found<{ readonly from: number; readonly to: number }>;
  /** Entries whose bytes are not those that the tree was built of. */
  readonly altered: Found<number>;
  /** Whether all entries together give the root of its head; that needs all of them. */
  readonly tree: 'matches' | 'differs' | 'not_checked';
  /** Its last entry says that there is none after it. */
  readonly closed: boolean;
  /** It continues another log, after a restore. */
  readonly reopened?: {
    readonly at: number;
    readonly previous: string;
    /** Entries of that log which were seen, and those of them that this database has. */
    readonly seen: number;
    readonly kept: number;
  };
}

/** What servers were let go without, by whom in the log. */
export interface WaiverChange {
  readonly receipt: ReceiptId;
  readonly at: number;
  readonly server: string;
  /** Tools whose calls go without an attempt from then on. */
  readonly waivers: readonly string[];
}

export interface WaivedCalls {
  readonly server: string;
  readonly tool: string;
  readonly calls: number;
}

/** What the logs of a tenant say about their own completeness. */
export interface LogAudit {
  readonly logs: readonly AuditedLog[];
  readonly attempts: number;
  /** Outcomes by status. */
  readonly outcomes: readonly { readonly status: OutcomeStatus; readonly count: number }[];
  /** Attempts without an outcome at replicas that live: calls under way. */
  readonly underWay: Found<AuditedReceipt>;
  /** Attempts without an outcome that no living replica will bring. */
  readonly unclosed: Found<AuditedReceipt>;
  /** Outcomes of attempts that are in no log of this tenant. */
  readonly unattached: Found<AuditedReceipt>;
  /** Attempts with more than one outcome. */
  readonly doubled: Found<ReceiptId>;
  /** Calls of which nobody knows what came of them. */
  readonly unknown: Found<AuditedReceipt>;
  /** Outcomes that came after their attempt had been closed; they were withheld from the agent. */
  readonly late: Found<AuditedReceipt>;
  /** Calls that were forwarded without an attempt. */
  readonly waivedCalls: readonly WaivedCalls[];
  readonly waiverChanges: readonly WaiverChange[];
  /** Changes of servers that can't be read any more: who made them was erased. */
  readonly unreadableChanges: number;
  readonly clock: Found<ClockAnomaly>;
  readonly keyChanges: readonly KeyAnnouncement[];
  /** Refusals that were counted, by reason. */
  readonly refusals: readonly { readonly reason: RefusalReason; readonly count: number }[];
}
