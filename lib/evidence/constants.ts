export const RECEIPT_VERSION = 1;
export const RECEIPT_TYP = 'countersign-receipt+sd-jwt';
export const RECEIPT_ALG = 'Ed25519';
export const BUNDLE_FORMAT = 'countersign-bundle/v1';
export const TRUST_FORMAT = 'countersign-trust/v1';
/** Characters of the issuer-signed JWT, and bytes of an attempt's text. */
export const RECEIPT_BYTES_MAX = 16_384;
/** Each disclosure has a salt of its own. */
export const SALT_BYTES = 16;
/** UTF-8 bytes up to which `context` and `values` stand in the disclosure itself; longer ones are bodies. */
export const INLINE_BYTES_MAX = 1_024;
/** Code points of `details`. */
export const DETAILS_CHARS_MAX = 16_384;
/** Code points of a tool's name. The gateway refuses longer ones before they need a receipt. */
export const TOOL_NAME_CHARS_MAX = 256;
/** Code points of a resource's URI. */
export const URI_CHARS_MAX = 8_192;
/** Code points of a prompt's name. */
export const PROMPT_NAME_CHARS_MAX = 256;
/** Code points of names, identifiers and addresses of people and agents. */
export const IDENTIFIER_CHARS_MAX = 2_048;
/** Code points of a policy id, a reason, an obligation. */
export const DECISION_TEXT_CHARS_MAX = 1_024;
/** Entries of `policies`, `reasons`, `obligations`, `shadow` and `elicitations`. */
export const DECISION_LIST_ITEMS_MAX = 256;
/** Entries of `groups`. */
export const GROUP_ITEMS_MAX = 1_024;
/** Code points of an issuer's URL. */
export const ISSUER_CHARS_MAX = 512;
/** Code points of the note that a new log carries of the old one. */
export const PREVIOUS_CHECKPOINT_CHARS_MAX = 6_000;
