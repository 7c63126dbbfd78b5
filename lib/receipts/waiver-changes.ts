import type { ReceiptId } from '#lib/core';
import type { AuditSource } from './audit-logs.ts';
import type { LogAudit, WaiverChange } from './audit-types.ts';
import { AUDIT_IDS_AT_ONCE } from './constants.ts';
import { findReceipts, type FoundReceipt } from './find-receipts.ts';
import { readClaims } from './open-archive.ts';
import { openFound } from './read-receipt.ts';

/** What an `admin` receipt of a server says of waivers; other changes of servers say nothing of them. */
interface ServerDetails {
  readonly action?: unknown;
  readonly waivers?: unknown;
}

/**
 * What changed of the waivers: a server that never had one is left out. Only what disclosures say is read, no body: that
 * needs no receipt of its own.
 */
export async function readWaiverChanges(
  { run, tenant, ring }: AuditSource,
  changes: readonly ReceiptId[],
): Promise<Pick<LogAudit, 'waiverChanges' | 'unreadableChanges'>> {
  const waiverChanges: WaiverChange[] = [];
  const known = new Map<string, string>();
  let unreadableChanges = 0;
  for (let at = 0; at < changes.length; at += AUDIT_IDS_AT_ONCE) {
    const ids = changes.slice(at, at + AUDIT_IDS_AT_ONCE);
    const found = await findReceipts(run, tenant, ids, { all: true });
    const inOrder = ids.flatMap((id) => found.get(id) ?? []);
    for (const { found: receipt, opened } of await openFound(run, tenant, ring, inOrder, 0)) {
      const details = readClaims(opened.disclosures).get('details');
      if (typeof details !== 'string') unreadableChanges += 1;
      else noteChange(receipt, JSON.parse(details) as ServerDetails);
    }
  }
  return { waiverChanges, unreadableChanges };

  function noteChange({ payload, summary }: FoundReceipt, { action, waivers }: ServerDetails): void {
    const server = payload.server?.id ?? '';
    const isRemoval = action === 'server.remove';
    if (!Array.isArray(waivers) && !isRemoval) return;
    const named = isRemoval ? [] : (waivers as unknown[]).map(String);
    const text = named.join('\n');
    if ((known.get(server) ?? '') === text) return;
    known.set(server, text);
    waiverChanges.push({ receipt: summary.id, at: summary.at, server, waivers: named });
  }
}
