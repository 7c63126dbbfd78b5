import type { JsonObject, ReceiptId } from '#lib/core';
import { pureCrypto, verifyBundle, type Verdict } from '#lib/evidence';
import type { TenantRecord } from '#lib/identity';
import type { ReceiptFilters, ReceiptSummary, StoredReceipt } from '#lib/receipts';
import { OPERATOR } from '../../oauth/testing/acme.ts';
import type { Modules } from './modules.ts';
import type { RawAnswer } from './mcp-client.ts';

type Receipts = Modules['receipts'];

export interface LogReader {
  /** One receipt of the log. */
  receipt(id: string): Promise<StoredReceipt | undefined>;
  /** The receipt with this id, or the one that an answer names; it has to be there. */
  receiptOf(named: string | RawAnswer): Promise<StoredReceipt>;
  /** The verdict of an auditor, with bodies, who pinned this tenant's keys. */
  verify(ids: readonly string[]): Promise<Verdict>;
  /** Receipts in the log, oldest first. Each one is opened, which takes its time where there are hundreds: say which. */
  receipts(isWanted?: (summary: ReceiptSummary) => boolean): Promise<readonly StoredReceipt[]>;
  /** The same as a list shows them: what a test asks for again and again. */
  summaries(): Promise<readonly ReceiptSummary[]>;
  /** What the aggregate receipts in the log count, oldest first. */
  refusals(): Promise<readonly JsonObject[]>;
}

interface Counted {
  readonly counts: readonly JsonObject[];
}

export function createLogReader(receipts: Receipts, tenant: TenantRecord): LogReader {
  const receipt: LogReader['receipt'] = async (id) => {
    await receipts.flush(tenant.id);
    return await receipts.load(tenant.id, id as ReceiptId, { all: true });
  };
  return {
    receipt,
    async receiptOf(named) {
      const id = typeof named === 'string' ? named : (named.headers.get('countersign-receipt') ?? '');
      const found = await receipt(id);
      if (found === undefined)
        throw new Error(`no receipt: ${typeof named === 'string' ? named : `${named.status} ${named.text}`}`);
      return found;
    },
    async verify(ids) {
      const auditor = { all: true, actor: OPERATOR };
      const wanted = { reader: auditor, receipts: ids as readonly ReceiptId[], bodies: true };
      const bundle = await receipts.bundle(tenant.id, wanted);
      const trust = await receipts.trustFile(tenant.id);
      return verifyBundle(JSON.stringify(bundle), JSON.stringify(trust), pureCrypto);
    },
    receipts: (isWanted = () => true) => readReceipts(receipts, tenant, {}, isWanted),
    summaries: () => readSummaries(receipts, tenant),
    async refusals() {
      const found = await readReceipts(receipts, tenant, { kind: 'aggregate' }, () => true);
      return found.flatMap(({ payload }) => (payload['aggregate'] as unknown as Counted).counts);
    },
  };
}

async function readReceipts(
  receipts: Receipts,
  tenant: TenantRecord,
  filters: ReceiptFilters,
  isWanted: (summary: ReceiptSummary) => boolean,
): Promise<readonly StoredReceipt[]> {
  const found: StoredReceipt[] = [];
  for (const summary of await readSummaries(receipts, tenant, filters)) {
    const receipt = isWanted(summary) && (await receipts.load(tenant.id, summary.id, { all: true }));
    if (receipt) found.push(receipt);
  }
  return found;
}

async function readSummaries(
  receipts: Receipts,
  tenant: TenantRecord,
  filters: ReceiptFilters = {},
): Promise<readonly ReceiptSummary[]> {
  await receipts.flush(tenant.id);
  const found: ReceiptSummary[] = [];
  let after: string | undefined;
  do {
    const page = await receipts.search(tenant.id, {
      viewer: { all: true },
      filters,
      limit: 100,
      ...(after === undefined ? {} : { after }),
    });
    found.push(...page.entries);
    after = page.next;
  } while (after !== undefined);
  return found.reverse();
}

/** The values that a receipt discloses, by name. */
export function disclosedIn(receipt: StoredReceipt): JsonObject {
  const pairs = receipt.disclosures.map(
    (text) => JSON.parse(Buffer.from(text, 'base64url').toString()) as [string, string, JsonObject[string]],
  );
  return Object.fromEntries(pairs.map(([, name, value]) => [name, value]));
}
