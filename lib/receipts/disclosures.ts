/**
 * The disclosures of one receipt that one key seals, in two halves: what is drawn anew for each (base64url of `["<salt>`, 32
 * characters, one after the other), and the endings that follow, which many receipts share.
 */
export interface Disclosures {
  readonly openings: string;
  readonly endings: readonly string[];
}

/** `["` and a 128-bit salt are 24 bytes, whole groups of base64url: what follows has a text of its own. */
export const OPENING_BYTES = 24;
export const OPENING_CHARS = 32;

/** The disclosures as they stand in an SD-JWT. */
export function disclosureTexts({ openings, endings }: Disclosures): string[] {
  return endings.map((ending, at) => openings.slice(at * OPENING_CHARS, (at + 1) * OPENING_CHARS) + ending);
}
