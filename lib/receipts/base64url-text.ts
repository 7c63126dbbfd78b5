/** Larger texts get bytes of their own. */
const SCRATCH_BYTES = 64 * 1024;
/** A UTF-16 unit takes at most three bytes of UTF-8. */
const CHARS_MAX = Math.floor(SCRATCH_BYTES / 3);

const scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

/** base64url of a text's UTF-8 bytes. They are written over the last ones, for new bytes cost more than all the rest. */
export function base64UrlOf(text: string): string {
  if (text.length > CHARS_MAX) return Buffer.from(text).toString('base64url');
  return scratch.toString('base64url', 0, scratch.write(text));
}
