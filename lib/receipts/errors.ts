import type { LogId, ReceiptId, TenantId } from '#lib/core';

/** The log could not be reached in time. What was asked for may or may not be in it; the log itself knows. */
export class LogUnavailable extends Error {
  readonly code = 'receipts:log-unavailable';
  /** The attempt that an agent is told about. */
  readonly receipt: ReceiptId | undefined;
  constructor(message: string, receipt?: ReceiptId, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'LogUnavailable';
    this.receipt = receipt;
  }
}

/** The database shows an earlier or another log than this machine has seen: signing it would fork the log. */
export class HighWaterError extends Error {
  readonly code = 'receipts:high-water';
  constructor(log: LogId, seen: { size: number; root: string }, found: { size: number; root: string }) {
    super(
      `log ${log} was seen here with ${seen.size} entries and root ${seen.root}, but the database shows ${found.size} ` +
        `entries and root ${found.root}. It was probably restored from a backup. Nothing is signed for this tenant until ` +
        `the missing entries are back, or 'countersign log reopen' starts a new log that names this one.`,
    );
    this.name = 'HighWaterError';
  }
}

/** The database shows a head that none of the log's keys signed: somebody wrote it who is not this product. */
export class UnsignedHead extends Error {
  readonly code = 'receipts:unsigned-head';
  constructor(log: LogId, size: number) {
    super(
      `the database shows log ${log} with ${size} entries, and no key of the log signed that. Somebody has written into ` +
        'the database. Nothing is signed for this tenant until the entries that Countersign wrote are back.',
    );
    this.name = 'UnsignedHead';
  }
}

/** This log was closed for good, and the database shows it open: it was restored from a backup. */
export class LogRetired extends Error {
  readonly code = 'receipts:high-water';
  constructor(log: LogId) {
    super(
      `log ${log} was closed for good here, but the database shows it open. It was probably restored from a backup. ` +
        `Nothing is signed for this tenant until 'countersign log reopen' starts a new log that names this one.`,
    );
    this.name = 'LogRetired';
  }
}

/** The file that keeps the high water can't be read: nothing is signed on the word of the database alone. */
export class HighWaterFileError extends Error {
  readonly code = 'receipts:high-water-file';
  constructor(path: string, problem: string) {
    super(
      `the high-water file ${path} ${problem}. Mend it or restore it from a backup; remove it only if you are sure ` +
        'that the database was never restored from a backup.',
    );
    this.name = 'HighWaterFileError';
  }
}

/** The tenant has no open log: `openLog` was never called, or the log was closed. */
export class NoLog extends Error {
  readonly code = 'receipts:no-log';
  constructor(tenant: TenantId) {
    super(`tenant ${tenant} has no open receipt log`);
    this.name = 'NoLog';
  }
}

/** A draft that no receipt can be made of: a defect of the caller. */
export class DraftError extends Error {
  readonly code = 'receipts:draft';
  constructor(message: string) {
    super(message);
    this.name = 'DraftError';
  }
}

/**
 * Why nothing is served for a tenant whose log is refused, in words for whoever asks: what an operator must do, and
 * nothing of what was seen. Undefined: the error says something else.
 */
export function explainRefusedLog(error: unknown): string | undefined {
  if (error instanceof HighWaterError || error instanceof LogRetired) {
    return (
      'The receipt log in the database is older than what was seen here: the database was probably restored from a backup. ' +
      "Nothing is served for this tenant until its operator has run 'countersign log reopen'."
    );
  }
  if (error instanceof UnsignedHead) {
    return (
      'The receipt log in the database is not what Countersign wrote there, so nothing is served for this tenant. Its ' +
      "operator finds the log's name in the process's own log."
    );
  }
  if (error instanceof HighWaterFileError) {
    return (
      "What was last seen of this tenant's receipt log can't be read, so nothing is served for it. Its operator finds the " +
      "file with 'countersign doctor'."
    );
  }
  return undefined;
}

/** The bodies that are asked for are more than one answer holds. */
export class BundleTooLarge extends Error {
  readonly code = 'receipts:bundle-too-large';
  constructor(bytesMax: number) {
    super(`the bodies of these receipts are more than ${bytesMax} bytes: ask for fewer receipts`);
    this.name = 'BundleTooLarge';
  }
}
