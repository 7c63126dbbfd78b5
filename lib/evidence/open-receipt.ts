import { err, isJsonObject, ok, type Json, type Result } from '#lib/core';
import { RECEIPT_VERSION } from './constants.ts';
import { LAYOUT } from './layout.ts';
import { processDisclosures } from './process-disclosures.ts';
import { receiptShape } from './receipt-shapes.ts';
import { findMisfit, type ObjectShape } from './shape.ts';
import { splitAttempt, splitSdJwt, type SplitReceipt } from './split-receipt.ts';
import type { EvidenceCrypto, ReceiptKind, SignedPayload } from './types.ts';
import type { OpenedReceipt, ReceiptProblem } from './verdict-types.ts';

/** Opens a receipt of any kind but `attempt`: encodings, schema, disclosures. No signature and no proof is checked. */
export function openReceipt(
  sdJwt: string,
  crypto: Pick<EvidenceCrypto, 'sha256'>,
): Result<OpenedReceipt, ReceiptProblem> {
  const split = splitSdJwt(sdJwt);
  return split.ok ? openSplit(split.value, crypto) : problem('encoding', split.error);
}

/** Opens an attempt from its leaf's text and its disclosures. */
export function openAttempt(
  leaf: string,
  disclosures: readonly string[],
  crypto: Pick<EvidenceCrypto, 'sha256'>,
): Result<OpenedReceipt, ReceiptProblem> {
  const split = splitAttempt(leaf, disclosures);
  return split.ok ? openSplit(split.value, crypto) : problem('encoding', split.error);
}

/** Undefined when `payload` is a version 1 payload as signed, of a kind that fits; else what is wrong. */
export function findSchemaProblem(
  payload: Json,
  isSigned: boolean,
): Omit<ReceiptProblem, 'check'> | undefined {
  if (!isJsonObject(payload)) return { detail: 'the payload is not an object' };
  const { v, kind } = payload;
  if (typeof v === 'number' && v !== RECEIPT_VERSION)
    return { unknownVersion: true, detail: `version ${v} is unknown` };
  if (typeof kind !== 'string' || !Object.hasOwn(LAYOUT, kind)) return { detail: 'the kind is unknown' };
  if ((kind === 'attempt') === isSigned) {
    return {
      detail: isSigned
        ? 'an attempt does not come as a JWT'
        : `a receipt of kind ${kind} comes as a JWT only`,
    };
  }
  const misfit = findMisfit(signedShape(kind as ReceiptKind), payload) ?? findRuleMisfit(payload as never);
  return misfit === undefined ? undefined : { detail: misfit };
}

/** What JSON Schema can't say: digests and counted reasons stand in order. */
function findRuleMisfit(payload: SignedPayload): string | undefined {
  const { _sd, actor, server, decision, credential, aggregate } = payload;
  for (const digests of [_sd, actor._sd, server?._sd, decision?._sd, credential?._sd]) {
    if (!isAscending(digests ?? [])) return 'an _sd list is not sorted';
  }
  if (aggregate && !isAscending(aggregate.counts.map((entry) => entry.reason)))
    return 'the counts are not sorted by reason';
  if (aggregate && aggregate.from >= aggregate.to) return 'the aggregate ends before it begins';
  return undefined;
}

function isAscending(texts: readonly string[]): boolean {
  return texts.every((text, index) => index === 0 || (texts[index - 1] ?? '') < text);
}

function openSplit(
  split: SplitReceipt,
  crypto: Pick<EvidenceCrypto, 'sha256'>,
): Result<OpenedReceipt, ReceiptProblem> {
  const wrong = findSchemaProblem(split.payload, split.signature !== undefined);
  if (wrong !== undefined) return err({ check: 'schema', ...wrong });
  const signed = split.payload as unknown as SignedPayload;
  const processed = processDisclosures(crypto.sha256, signed, split.disclosures);
  if (!processed.ok) return problem('disclosures', processed.error);
  const { leaf, signature } = split;
  return ok({ leaf, signed, ...processed.value, ...(signature ? { signature } : {}) });
}

const shapes = new Map<ReceiptKind, ObjectShape>();

function signedShape(kind: ReceiptKind): ObjectShape {
  const shape = shapes.get(kind) ?? receiptShape(kind, 'signed');
  shapes.set(kind, shape);
  return shape;
}

function problem(check: ReceiptProblem['check'], detail: string): Result<never, ReceiptProblem> {
  return err({ check, detail });
}
