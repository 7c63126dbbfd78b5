import type { ReceiptId } from '#lib/core';
import type { TenantRecord } from '#lib/identity';
import { bad, good, type Finding } from './finding.ts';
import type { Modules } from './types.ts';

/** Sign-ins looked at: enough to see a pattern. */
const LAST_SIGN_INS = 50;

/** Whether people can sign in, and what the last ones came to. Counts only: nobody is named. */
export async function diagnoseSignIn(modules: Modules, tenant: TenantRecord): Promise<readonly Finding[]> {
  const found = await modules.identity.sso.examine(tenant);
  const findings = found.map(({ about, ok, detail, remedy = '' }) => {
    const name = `${tenant.slug}: identity provider${about === 'issuer' ? '' : ` ${about}`}`;
    return ok ? good(name, detail) : bad(name, { wrong: detail, mend: remedy });
  });
  return [...findings, await diagnoseLastSignIns(modules, tenant)];
}

interface SignInDetails {
  readonly event?: string;
  readonly reason?: string;
  readonly groups?: number;
}

async function diagnoseLastSignIns({ receipts }: Modules, { id, slug }: TenantRecord): Promise<Finding> {
  const name = `${slug}: last sign-ins`;
  const page = await receipts.search(id, {
    viewer: { all: true },
    filters: { kind: 'sign_in' },
    limit: LAST_SIGN_INS,
  });
  const details = await Promise.all(
    page.entries.map(async (entry) => await readDetails(receipts, id, entry.id)),
  );
  const signIns = details.filter(({ event }) => event === 'sign_in');
  if (signIns.length === 0) return good(name, 'nobody has signed in lately');
  const refused = signIns.flatMap(({ reason }) => reason ?? []);
  const groups = signIns.flatMap((each) => each.groups ?? []);
  const came = `${signIns.length - refused.length} of the last ${signIns.length} came in`;
  const span =
    groups.length === 0 ? '' : `, with ${Math.min(...groups)} to ${Math.max(...groups)} groups each`;
  if (refused.length === 0) return good(name, came + span);
  const wrong = `${came}${span}; refused: ${countByReason(refused)}`;
  const isMost = refused.length > signIns.length / 2;
  if (!isMost) return good(name, wrong);
  return bad(name, {
    wrong,
    mend: 'Run a test sign-in (Settings, Sign-in): it shows the claims that arrive and what is wrong with them.',
  });
}

function countByReason(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => `${reason} ${count}`).join(', ');
}

/** What the receipt says of the event, and nothing of who it was; empty after an erasure. */
async function readDetails(
  receipts: Modules['receipts'],
  tenant: TenantRecord['id'],
  id: ReceiptId,
): Promise<SignInDetails> {
  const stored = await receipts.load(tenant, id, { all: true });
  for (const disclosure of stored?.disclosures ?? []) {
    const [, claim, value] = JSON.parse(Buffer.from(disclosure, 'base64url').toString()) as unknown[];
    if (claim === 'details') return JSON.parse(String(value)) as SignInDetails;
  }
  return {};
}
