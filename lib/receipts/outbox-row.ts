import { assert, equalBytes, isUuid, type ReceiptId } from '#lib/core';
import type { Sealer } from '#lib/keys';
import { decodeParts, encodeParts, type SealedPart, type SealedUnder } from './frames.ts';
import { sha256 } from './hash.ts';
import { PURPOSE, type KeyRing, type Sealing } from './key-ring.ts';
import type { OutboxRow } from './store-outbox.ts';
import type { ReceiptDraft } from './types.ts';

/** What a receipt shows in clear anyway. */
type ClearPart = Pick<
  ReceiptDraft,
  'id' | 'at' | 'kind' | 'tool' | 'status' | 'key' | 'aggregate' | 'erasure'
> & {
  readonly mode: ReceiptDraft['actor']['mode'];
  readonly serverId?: string;
  readonly decision?: { readonly effect: 'allow' | 'deny' | 'hold'; readonly policySetSha256: string };
  readonly credentialKind?: NonNullable<ReceiptDraft['credential']>['kind'];
};
/** What is sealed under the other person's key. */
type AboutPart = Pick<ReceiptDraft, 'about' | 'details'>;

/** An outbox row's envelope is bound to the receipt that it becomes. */
function record(id: ReceiptId, under: SealedUnder): string {
  return `outbox/${id}/${under ?? 'archive'}`;
}

/** Of the first part, which says that clear and sealed parts are what was staged. */
function sealRecord(id: ReceiptId): string {
  return `outbox/${id}/clear`;
}

/**
 * A staged receipt as it is stored: whatever is disclosable in a receipt is sealed, and the rest is sealed to be what
 * it was, under the tenant's archive key. Without that whoever can write a row would have it signed.
 */
export function encodeOutboxRow(draft: ReceiptDraft, sealing: Sealing, archive: Sealer): OutboxRow {
  const { about, details, ...rest } = draft;
  const own = about === undefined ? { ...rest, details } : rest;
  const clear = JSON.stringify(clearPart(draft));
  const parts: SealedPart[] = [];
  const add = (under: SealedUnder, sealer: Sealing['own'], part: object) => {
    if (!sealer) return;
    const plaintext = Buffer.from(JSON.stringify(part));
    parts.push({
      under,
      envelope: sealer.seal({ purpose: PURPOSE, record: record(draft.id, under) }, plaintext),
    });
  };
  add(draft.actor.person?.id, sealing.own, own);
  // Of one and the same person both parts are sealed under the same key, and told apart by their members.
  if (about !== undefined)
    add(about.id, sealing.about, { about, details } satisfies { [K in keyof AboutPart]: unknown });
  const place = { purpose: PURPOSE, record: sealRecord(draft.id) };
  const seal: SealedPart = { under: undefined, envelope: archive.seal(place, digestOf(clear, parts)) };
  return { id: draft.id, clear, sealed: encodeParts([seal, ...parts]) };
}

function digestOf(clear: string, parts: readonly SealedPart[]): Uint8Array {
  return sha256(Buffer.concat([sha256(Buffer.from(clear)), encodeParts(parts)]));
}

function clearPart(draft: ReceiptDraft): ClearPart {
  const { id, at, kind, tool, status, key, aggregate, erasure, server, decision, credential } = draft;
  return {
    id,
    at,
    kind,
    mode: draft.actor.mode,
    ...(tool && { tool }),
    ...(status && { status }),
    ...(key && { key }),
    ...(aggregate && { aggregate }),
    ...(erasure && { erasure }),
    ...(server && { serverId: server.id }),
    ...(decision && { decision: { effect: decision.effect, policySetSha256: decision.policySetSha256 } }),
    ...(credential && { credentialKind: credential.kind }),
  };
}

/** The draft again. Where a person's key is destroyed by now, what was about them is gone, and the act is still receipted. */
export async function decodeOutboxRow(row: OutboxRow, ring: KeyRing): Promise<ReceiptDraft> {
  const [seal, ...parts] = decodeParts(row.sealed);
  const digest = seal && (await ring.open(undefined, sealRecord(row.id), seal.envelope));
  assert(
    digest !== undefined && equalBytes(digest, digestOf(row.clear, parts)),
    `the staged receipt ${row.id} is what was staged`,
  );
  let draft: ReceiptDraft = fromClear(JSON.parse(row.clear) as ClearPart);
  for (const { under, envelope } of parts) {
    const plaintext = await ring.open(under, record(row.id, under), envelope);
    if (!plaintext) continue;
    draft = { ...draft, ...(JSON.parse(Buffer.from(plaintext).toString('utf8')) as Partial<ReceiptDraft>) };
  }
  return draft;
}

function fromClear(clear: ClearPart): ReceiptDraft {
  const { mode, serverId, decision, credentialKind, ...rest } = clear;
  return {
    ...rest,
    actor: { mode },
    ...(serverId !== undefined && { server: { id: serverId } }),
    ...(decision && { decision: { ...decision, policies: [], reasons: [], obligations: [], shadow: [] } }),
    ...(credentialKind && { credential: { kind: credentialKind } }),
  };
}

/** @throws for drafts that can't wait in a table: calls go to the log directly. */
export function assertStageable(draft: ReceiptDraft): void {
  assert(isUuid(draft.id), 'a receipt id is a UUID');
  assert(
    draft.kind !== 'attempt' && draft.attempt === undefined,
    'attempts and outcomes are appended, not staged',
  );
  assert(draft.result?.bytes === undefined, 'results are appended, not staged');
}
