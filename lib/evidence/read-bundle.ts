import { utf8, err, ok, type Json, type Result } from '#lib/core';
import { leafHash, parseTlogProof, type TlogProof } from '#lib/tlog';
import { bundleShape } from './bundle-shapes.ts';
import { BUNDLE_FORMAT } from './constants.ts';
import { openAttempt, openReceipt } from './open-receipt.ts';
import { isOtherVersion } from './parse-trust.ts';
import { findMisfit } from './shape.ts';
import { parseStrictJson } from './strict-json.ts';
import { splitSdJwt } from './split-receipt.ts';
import type { EvidenceCrypto } from './types.ts';
import type { Bundle, BundleReceipt, OpenedReceipt, ReceiptBody, ReceiptProblem } from './verdict-types.ts';

/** One receipt of a bundle, as far as it could be read. */
export interface Entry {
  /** `receipts/0`, `keys/0` */
  readonly at: string;
  readonly opened: Result<OpenedReceipt, ReceiptProblem>;
  readonly proof?: TlogProof;
  readonly leafHash?: Uint8Array;
  readonly body: ReceiptBody;
}

export interface ReadBundle {
  readonly receipts: readonly Entry[];
  readonly keys: readonly Entry[];
  readonly consistency: readonly string[];
}

export interface BundleProblem {
  readonly kind: 'malformed' | 'unknown-version';
  readonly detail: string;
}

/** Reads a bundle's text, or the same already parsed, and opens its receipts; nothing is verified yet. */
export function readBundle(
  crypto: EvidenceCrypto,
  input: string | Bundle,
): Result<ReadBundle, BundleProblem> {
  const json = typeof input === 'string' ? parseStrictJson(input) : ok(input as unknown as Json);
  if (!json.ok) return err({ kind: 'malformed', detail: json.error });
  if (isOtherVersion(json.value, BUNDLE_FORMAT)) {
    return err({ kind: 'unknown-version', detail: `only ${BUNDLE_FORMAT} is known` });
  }
  const misfit = findMisfit(bundleShape, json.value);
  if (misfit !== undefined) return err({ kind: 'malformed', detail: misfit });
  const bundle = json.value as unknown as Bundle;
  return ok({
    receipts: bundle.receipts.map((receipt, index) => readEntry(crypto, `receipts/${index}`, receipt)),
    keys: (bundle.keys ?? []).map((receipt, index) => readEntry(crypto, `keys/${index}`, receipt)),
    consistency: bundle.consistency ?? [],
  });
}

function readEntry(crypto: EvidenceCrypto, at: string, receipt: BundleReceipt): Entry {
  const opened =
    'sd_jwt' in receipt
      ? openReceipt(receipt.sd_jwt, crypto)
      : openAttempt(receipt.leaf, receipt.disclosures, crypto);
  const leaf = opened.ok ? opened.value.leaf : leafOf(receipt);
  const proof = parseTlogProof(receipt.proof);
  return {
    at,
    opened,
    body: receipt.body ?? {},
    ...(leaf ? { leafHash: leafHash(crypto.sha256, leaf) } : {}),
    ...(proof ? { proof } : {}),
  };
}

/** The log holds bytes: whether they are in it can be said also of a receipt whose contents are unknown. */
function leafOf(receipt: BundleReceipt): Uint8Array | undefined {
  if ('leaf' in receipt) return utf8(receipt.leaf);
  const split = splitSdJwt(receipt.sd_jwt);
  return split.ok ? split.value.leaf : undefined;
}
