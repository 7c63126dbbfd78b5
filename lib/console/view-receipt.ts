import { decodeUtf8, fromBase64Url, isJsonObject, type JsonObject, type ReceiptId } from '#lib/core';
import { nameRows } from './list-receipts.ts';
import { hasAct, nameAct } from './name-act.ts';
import { readerOf } from './reader.ts';
import type { ConsoleDeps, ReceiptRow, ReceiptView, Visitor } from './types.ts';

/** A receipt as this visitor may see it; undefined when there is none for them. Opens no bodies. */
export async function viewReceipt(
  deps: ConsoleDeps,
  visitor: Visitor,
  id: ReceiptId,
): Promise<ReceiptView | undefined> {
  const viewer = readerOf(visitor);
  const stored = await deps.receipts.load(visitor.tenant.id, id, viewer);
  if (stored === undefined) return undefined;
  const [row] = await nameRows(deps, visitor, [stored.summary]);
  const proof = await deps.receipts.proof(visitor.tenant.id, id, viewer);
  const checkpoint = proof === undefined ? undefined : readHead(proof);
  const disclosed = Object.fromEntries(stored.disclosures.flatMap(readDisclosure));
  // Who sees everybody's receipts may read the policies too (auditors and admins).
  const policies = viewer.all
    ? await decidingPolicies(deps, visitor, stored.payload, disclosed['policies'])
    : undefined;
  const act = actOf(stored.summary.kind, disclosed['details']);
  return {
    row: { ...(row ?? stored.summary), ...(act === undefined ? {} : { act }) },
    payload: stored.payload,
    disclosed,
    disclosures: stored.disclosures,
    undisclosed: countDigests(stored.payload) - stored.disclosures.length,
    opened: stored.opened,
    bodies: stored.bodies,
    ...(stored.pair === undefined ? {} : { pair: stored.pair }),
    ...(stored.sdJwt === undefined ? {} : { sdJwt: stored.sdJwt }),
    ...(proof === undefined ? {} : { proof }),
    ...(checkpoint === undefined ? {} : { checkpoint }),
    ...(policies === undefined ? {} : { policies }),
  };
}

function actOf(kind: ReceiptRow['kind'], details: unknown): ReceiptRow['act'] {
  if (!hasAct(kind) || typeof details !== 'string') return undefined;
  const parsed: unknown = JSON.parse(details);
  return isJsonObject(parsed) ? nameAct(kind, parsed) : undefined;
}

/** The texts of the policies that decided, in the version that the decision names. */
async function decidingPolicies(
  { policy }: ConsoleDeps,
  { tenant }: Visitor,
  payload: JsonObject,
  names: unknown,
): Promise<ReceiptView['policies']> {
  const decision = payload['decision'];
  const sha256 = isJsonObject(decision) ? decision['policy_set_sha256'] : undefined;
  if (typeof sha256 !== 'string' || !Array.isArray(names)) return undefined;
  const set = await policy.version(tenant.id, { sha256 });
  if (set === undefined) return undefined;
  const texts = names.flatMap((name) => {
    const text = Object.hasOwn(set.policies, String(name)) ? set.policies[String(name)] : undefined;
    return text === undefined ? [] : [[String(name), text] as const];
  });
  return { version: set.version, texts: Object.fromEntries(texts) };
}

/** Origin, size and root of the checkpoint that a proof of ours ends with (C2SP tlog-proof, tlog-checkpoint). */
function readHead(proof: string): ReceiptView['checkpoint'] {
  const [origin = '', size = '', root = ''] = proof.slice(proof.indexOf('\n\n') + 2).split('\n');
  return { origin, size, root };
}

/** Every `_sd` of the payload: in itself and in its members. */
function countDigests(payload: JsonObject): number {
  return Object.entries(payload).reduce((count, [name, value]) => {
    if (name === '_sd' && Array.isArray(value)) return count + value.length;
    return isJsonObject(value) ? count + countDigests(value) : count;
  }, 0);
}

/** Name and value of a disclosure of ours: `[salt, name, value]` (RFC 9901 §4.2.1). */
function readDisclosure(disclosure: string): [string, unknown][] {
  const bytes = fromBase64Url(disclosure);
  const text = bytes === undefined ? undefined : decodeUtf8(bytes);
  if (text === undefined) return [];
  const [, name, value] = JSON.parse(text) as [string, string, unknown];
  return [[name, value]];
}
