import { decodeUtf8, err, fromBase64Url, ok, utf8, type Json, type Result } from '#lib/core';
import { RECEIPT_ALG, RECEIPT_BYTES_MAX, RECEIPT_TYP } from './constants.ts';
import { parseCanonicalJson } from './strict-json.ts';
import type { OpenedReceipt } from './verdict-types.ts';

const SIGNATURE_BYTES = 64;
const KID = /^[A-Za-z0-9_-]{43}$/;

/** A receipt taken apart: every encoding is strict, nothing of the contents is judged. */
export interface SplitReceipt {
  readonly leaf: Uint8Array;
  readonly payload: Json;
  /** base64url texts. */
  readonly disclosures: readonly string[];
  readonly signature?: NonNullable<OpenedReceipt['signature']>;
}

/** Takes `<JWT>~<disclosure>~…~` apart. JOSE libraries accept several texts for one token; here each has one. */
export function splitSdJwt(text: string): Result<SplitReceipt, string> {
  const [jwt = '', ...rest] = text.split('~');
  if (rest.length === 0 || rest.pop() !== '') return err("it does not end in '~' (or carries a key binding)");
  if (jwt.length > RECEIPT_BYTES_MAX) return err(`the JWT has more than ${RECEIPT_BYTES_MAX} bytes`);
  const [header64, payload64, signature64, ...more] = jwt.split('.');
  if (header64 === undefined || payload64 === undefined || signature64 === undefined || more.length > 0) {
    return err('the JWT has not three parts');
  }
  const header = decodeText(header64);
  const payloadText = decodeText(payload64);
  const bytes = fromBase64Url(signature64);
  if (header === undefined || payloadText === undefined || bytes === undefined) {
    return err('a part of the JWT is not unpadded base64url that re-encodes to itself, or not UTF-8');
  }
  const kid = kidOf(header);
  if (kid === undefined) {
    return err(`the header is not exactly {"alg":"${RECEIPT_ALG}","kid":…,"typ":"${RECEIPT_TYP}"}`);
  }
  if (bytes.length !== SIGNATURE_BYTES) return err('the signature has not 64 bytes');
  const payload = parseCanonicalJson(payloadText);
  if (payload === undefined) return err('the payload is not RFC 8785 text');
  const signature = { kid, message: utf8(`${header64}.${payload64}`), bytes };
  return ok({ leaf: utf8(jwt), payload, disclosures: rest, signature });
}

/** Takes an attempt apart, which is RFC 8785 text without a signature of its own. */
export function splitAttempt(leaf: string, disclosures: readonly string[]): Result<SplitReceipt, string> {
  const payload = parseCanonicalJson(leaf);
  if (payload === undefined) return err('the leaf is not RFC 8785 text');
  const bytes = utf8(leaf);
  if (bytes.length > RECEIPT_BYTES_MAX) return err(`the leaf has more than ${RECEIPT_BYTES_MAX} bytes`);
  return ok({ leaf: bytes, payload, disclosures });
}

function decodeText(part: string): string | undefined {
  const bytes = fromBase64Url(part);
  return bytes === undefined ? undefined : decodeUtf8(bytes);
}

function kidOf(header: string): string | undefined {
  const parsed = parseCanonicalJson(header);
  if (typeof parsed !== 'object' || parsed === null || !('kid' in parsed)) return undefined;
  const { kid } = parsed;
  if (typeof kid !== 'string' || !KID.test(kid)) return undefined;
  return header === `{"alg":"${RECEIPT_ALG}","kid":"${kid}","typ":"${RECEIPT_TYP}"}` ? kid : undefined;
}
