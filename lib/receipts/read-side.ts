import type { ReceiptId, TenantId } from '#lib/core';
import type { Database } from '#lib/db';
import type { Keys } from '#lib/keys';
import { listAnnouncedKeys } from './announced-keys.ts';
import { auditLogs } from './audit-logs.ts';
import { BUNDLE_RECEIPTS_MAX, READ_RECEIPT_IDS_MAX } from './constants.ts';
import { DraftError, NoLog } from './errors.ts';
import { findPair, findReceipts } from './find-receipts.ts';
import type { KeyRing } from './key-ring.ts';
import { loadProofs, makeBundle } from './make-bundle.ts';
import { makeTrustFile } from './make-trust-file.ts';
import { loadCheckpoint, loadTile } from './read-log.ts';
import { bodyTexts, loadDetails, loadReceipt, openFound } from './read-receipt.ts';
import { searchReceipts } from './search-receipts.ts';
import { loadHead, type Run } from './store.ts';
import type { Reader, ReceiptDraft, Receipts } from './types.ts';

export type ReadSide = Pick<
  Receipts,
  | 'search'
  | 'load'
  | 'details'
  | 'openBodies'
  | 'bundle'
  | 'trustFile'
  | 'keyAnnouncements'
  | 'clientLookup'
  | 'audit'
  | 'checkpoint'
  | 'tile'
  | 'proof'
>;

export interface ReadDeps {
  readonly database: Database;
  readonly keys: Pick<Keys, 'publicKeys'>;
  readonly ringOf: (tenant: TenantId) => KeyRing;
  /** Appends a receipt and resolves when it is committed. */
  readonly append: (tenant: TenantId, draft: ReceiptDraft) => Promise<void>;
  readonly draft: (rest: Omit<ReceiptDraft, 'id' | 'at'>) => ReceiptDraft;
}

/** Everything that reads the logs. Who opens bodies is in the log before anybody sees them. */
export function createReadSide({ database, keys, ringOf, append, draft }: ReadDeps): ReadSide {
  const runOf = (tenant: TenantId): Run => {
    const db = database.tenantDb(tenant);
    return (text, values) => db.sql(text, values);
  };
  const noteReading = async (tenant: TenantId, reader: Reader, ids: readonly ReceiptId[]) => {
    const reading = draft({ kind: 'read', actor: reader.actor, status: 'ok', details: { receipts: ids } });
    await append(tenant, reading);
    return reading.id;
  };
  const noteReadings = async (tenant: TenantId, reader: Reader, ids: readonly ReceiptId[]) => {
    for (let at = 0; at < ids.length; at += READ_RECEIPT_IDS_MAX)
      await noteReading(tenant, reader, ids.slice(at, at + READ_RECEIPT_IDS_MAX));
  };
  return {
    search: async (tenant, query) => {
      const agent = query.filters?.agent;
      const client = agent === undefined ? undefined : await ringOf(tenant).clientLookup(agent);
      return await searchReceipts(runOf(tenant), tenant, query, client);
    },
    load: async (tenant, id, viewer) => await loadReceipt(runOf(tenant), tenant, ringOf(tenant), id, viewer),
    details: async (tenant, ids, viewer) =>
      await loadDetails(runOf(tenant), tenant, ringOf(tenant), ids, viewer),
    openBodies: async (tenant, id, reader) => {
      const run = runOf(tenant);
      const found = (await findReceipts(run, tenant, [id], reader)).get(id);
      if (!found) return undefined;
      const pair = await findPair(run, tenant, found.summary, reader);
      const call = pair ? [found, pair] : [found];
      const reading = await noteReading(
        tenant,
        reader,
        call.map(({ summary }) => summary.id),
      );
      const rows = await openFound(run, tenant, ringOf(tenant), call);
      return {
        reading,
        opened: rows.map(({ found: { summary }, opened }) => ({
          receipt: summary.id,
          kind: summary.kind,
          bodies: bodyTexts(opened),
        })),
      };
    },
    bundle: async (tenant, request) => {
      const ids = [...new Set(request.receipts)];
      if (ids.length === 0 || ids.length > BUNDLE_RECEIPTS_MAX)
        throw new DraftError(`a bundle holds 1 to ${BUNDLE_RECEIPTS_MAX} receipts`);
      const run = runOf(tenant);
      const found = await findReceipts(run, tenant, ids, request.reader);
      if (found.size !== ids.length) return undefined;
      const logs = new Set([...found.values()].map(({ batch }) => batch.log));
      if (logs.size > 1) return undefined;
      if (request.bodies) await noteReadings(tenant, request.reader, ids);
      const inOrder = ids.flatMap((id) => found.get(id) ?? []);
      return await makeBundle({ run, tenant, ring: ringOf(tenant) }, inOrder, request);
    },
    trustFile: async (tenant) => {
      const trust = await makeTrustFile(runOf(tenant), tenant, keys);
      if (!trust) throw new NoLog(tenant);
      return trust;
    },
    keyAnnouncements: async (tenant) => await listAnnouncedKeys(runOf(tenant), tenant),
    clientLookup: async (tenant, client) => await ringOf(tenant).clientLookup(client),
    audit: async (tenant, range) =>
      await auditLogs({ run: runOf(tenant), tenant, ring: ringOf(tenant) }, range),
    checkpoint: async (tenant, log) => await loadCheckpoint(runOf(tenant), tenant, log),
    tile: async (tenant, log, path) => await loadTile(runOf(tenant), tenant, log, path),
    proof: async (tenant, id, viewer) => {
      const run = runOf(tenant);
      const found = (await findReceipts(run, tenant, [id], viewer)).get(id);
      const head = found && (await loadHead(run, tenant, found.batch.log, false));
      if (!found || !head) return undefined;
      return (await loadProofs({ run, tenant, ring: ringOf(tenant) }, found.batch.log, head, [found]))(found);
    },
  };
}
