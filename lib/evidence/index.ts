/**
 * evidence: what a receipt is, and whether a bundle of them proves anything.
 * Owns the receipt's closed schema (layout.ts), the verification of receipts, disclosures, bundles and trust files, and
 * the verdict's words. Never signs, stores, fetches or reads the time; crypto is a parameter, so server, command line
 * and browser verify with the same files.
 * Promise: VALID is said only when every check of docs/verify.md was made and passed; what was not checked is listed.
 */
export * from './types.ts';
export * from './verdict-types.ts';
export * from './constants.ts';
export * from './layout.ts';
export { openReceipt, openAttempt } from './open-receipt.ts';
export { parseTrust, logOrigin, type KeyWindow, type Trust, type TrustProblem } from './parse-trust.ts';
export { parseStrictJson } from './strict-json.ts';
export { ed25519JwkOf, keyThumbprint, publicKeyOf } from './key-thumbprint.ts';
export { verifyBundle } from './verify-bundle.ts';
export { CHECK_MEANINGS, formatVerdict } from './format-verdict.ts';
export { jsonSchemas } from './json-schemas.ts';
export { pureCrypto } from './pure-crypto.ts';
