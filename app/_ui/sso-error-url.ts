/** Where a failed sign-in is explained; the kind is from a closed set, so the address carries nothing of the attempt. */
export function ssoErrorUrl(canonicalUrl: string, kind: string): string {
  return `${canonicalUrl}/sso/error?kind=${encodeURIComponent(kind)}`;
}
