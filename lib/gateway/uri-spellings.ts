/** Characters that mean the same whether they are percent-encoded or not (RFC 3986 §2.3). */
const UNRESERVED = /%(?:2[DE]|3\d|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])/gi;

/**
 * Other texts of the same URI: its normal form by the WHATWG's rules, which most servers read URIs by, and by RFC 3986
 * §6.2.2. A server takes `FILE:///a/../b` for `file:///b`; a policy that names the latter must not be got around by
 * asking for the former. Empty for a URI in normal form, as nearly all are.
 */
export function otherSpellings(uri: string): readonly string[] {
  const spellings = new Set<string>();
  for (const text of [uri, uri.replace(UNRESERVED, (code) => decodeURIComponent(code))]) {
    spellings.add(text);
    if (URL.canParse(text)) spellings.add(new URL(text).href);
  }
  spellings.delete(uri);
  return [...spellings];
}
