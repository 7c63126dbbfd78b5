/**
 * receipts: builds, signs and appends receipts, and reads them back.
 * Owns the tenant's logs, the outbox of receipts staged with changes, the sealed archive, attempts and their recovery,
 * the counts of refusals, bundles and trust files.
 * Never lets anything about a person reach the database unsealed, and never shows a head that was not committed.
 * Promise: what was acknowledged is in one append-only log, exactly once, and every attempt has at most one outcome.
 */
export { createReceipts } from './create-receipts.ts';
export {
  BundleTooLarge,
  DraftError,
  explainRefusedLog,
  HighWaterError,
  HighWaterFileError,
  LogRetired,
  LogUnavailable,
  NoLog,
} from './errors.ts';
export type * from './types.ts';
