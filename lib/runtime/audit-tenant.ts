import type { AuditedLog, LogAudit } from '#lib/receipts';
import { AUDIT_CLOCK_BOUND_SECONDS } from './constants.ts';
import { requireTenant } from './export-bundle.ts';
import type { Modules } from './types.ts';

export interface AuditRequest {
  readonly tenant: string;
  /** Seconds since the epoch, both inclusive; without them everything. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly clockBoundSeconds?: number | undefined;
}

/** One kind of thing that must be there and is not. */
export interface Missing {
  readonly kind: 'entries' | 'altered' | 'tree' | 'left_entries' | 'outcomes' | 'attempts' | 'doubled';
  readonly count: number;
  readonly detail: string;
}

export interface CompletenessReport extends LogAudit {
  readonly tenant: string;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly clockBoundSeconds: number;
  /** Tools whose calls go without an attempt today. */
  readonly waiversInForce: readonly { readonly server: string; readonly tools: readonly string[] }[];
  /** Nothing here: whatever the log promises is in it. */
  readonly missing: readonly Missing[];
}

/** What the tenant's logs hold of what they promise. @throws for a tenant that does not exist, or whose log is refused, with words. */
export async function auditTenant(modules: Modules, request: AuditRequest): Promise<CompletenessReport> {
  const { receipts, registry } = modules;
  const tenant = await requireTenant(modules, request.tenant);
  const { from, to, clockBoundSeconds = AUDIT_CLOCK_BOUND_SECONDS } = request;
  // What is staged belongs to what happened; of a tenant that ended nothing more is.
  if (tenant.state === 'active') await receipts.flush(tenant.id);
  const audit = await receipts.audit(tenant.id, { from, to, clockBoundSeconds });
  // Without its keys nothing of what was saved can be told from what was not, and nothing of it is called any more.
  const isEnded = tenant.state === 'shredding' || tenant.state === 'shredded';
  const servers = isEnded ? [] : await registry.list(tenant.id);
  return {
    tenant: tenant.slug,
    from,
    to,
    clockBoundSeconds,
    ...audit,
    waiversInForce: servers
      .filter(({ waivers }) => waivers.size > 0)
      .map(({ id, waivers }) => ({ server: id, tools: [...waivers].toSorted() })),
    missing: [...audit.logs.flatMap(missingOfLog), ...missingOfCalls(audit)],
  };
}

function missingOfLog({ origin, holes, altered, tree, reopened }: AuditedLog): readonly Missing[] {
  const lost = reopened === undefined ? 0 : reopened.seen - reopened.kept;
  const all: readonly Missing[] = [
    { kind: 'entries', count: holes.count, detail: `stretches of ${origin} are not there` },
    {
      kind: 'altered',
      count: altered.count,
      detail: `entries of ${origin} are not those that were appended`,
    },
    {
      kind: 'tree',
      count: tree === 'differs' ? 1 : 0,
      detail: `the entries of ${origin} do not give the root that its head signs`,
    },
    {
      kind: 'left_entries',
      count: lost,
      detail: `entries of ${reopened?.previous} were seen before a restore and are not here`,
    },
  ];
  return all.filter(({ count }) => count > 0);
}

function missingOfCalls({ unclosed, unattached, doubled }: LogAudit): readonly Missing[] {
  const all: readonly Missing[] = [
    { kind: 'outcomes', count: unclosed.count, detail: 'attempts have no outcome, and nobody will bring it' },
    { kind: 'attempts', count: unattached.count, detail: 'outcomes name an attempt that is not there' },
    { kind: 'doubled', count: doubled.count, detail: 'attempts have more than one outcome' },
  ];
  return all.filter(({ count }) => count > 0);
}
