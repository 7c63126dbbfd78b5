import { parseTenantSlug, type ReceiptId } from '#lib/core';
import type { TenantRecord } from '#lib/identity';
import type { Bundle, Reader, ReceiptSummary, TrustFile } from '#lib/receipts';
import type { Modules } from './types.ts';

export interface ExportRequest {
  readonly tenant: string;
  /** Without it the newest ones. */
  readonly receipts?: readonly string[] | undefined;
  readonly last: number;
  readonly bodies: boolean;
  readonly reader: Reader;
}

const PAGE = 200;

/** Receipts with their proofs, and the tenant's trust file. @throws for a tenant or a receipt that does not exist, with words. */
export async function exportBundle(
  modules: Modules,
  request: ExportRequest,
): Promise<{ readonly bundle: Bundle; readonly trust: TrustFile }> {
  const tenant = await requireTenant(modules, request.tenant);
  await modules.receipts.flush(tenant.id);
  const receipts =
    (request.receipts as readonly ReceiptId[] | undefined) ?? (await newest(modules, tenant, request));
  const bundle = await modules.receipts.bundle(tenant.id, {
    reader: request.reader,
    receipts,
    bodies: request.bodies,
  });
  if (bundle === undefined)
    throw new Error(
      'one of the receipts does not exist, or they are in several logs: check the ids, and export each log by itself',
    );
  return { bundle, trust: await modules.receipts.trustFile(tenant.id) };
}

async function newest(
  { receipts }: Modules,
  tenant: TenantRecord,
  { last, reader }: ExportRequest,
): Promise<readonly ReceiptId[]> {
  const found: ReceiptSummary[] = [];
  let after: string | undefined;
  do {
    const page = await receipts.search(tenant.id, {
      viewer: reader,
      limit: Math.min(PAGE, last - found.length),
      ...(after === undefined ? {} : { after }),
    });
    found.push(...page.entries);
    after = page.next;
  } while (after !== undefined && found.length < last);
  // All proofs of a bundle use one checkpoint, so it is about one log: the newest.
  return found.filter(({ log }) => log === found[0]?.log).map(({ id }) => id);
}

/** The tenant of this name. @throws with words when there is none. */
export async function requireTenant({ identity }: Modules, name: string): Promise<TenantRecord> {
  const slug = parseTenantSlug(name);
  const tenant = slug.ok ? await identity.tenants.bySlug(slug.value) : undefined;
  if (tenant === undefined) throw new Error(`there is no tenant '${name}': apply its file first`);
  return tenant;
}
