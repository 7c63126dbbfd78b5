/** What a page may know of a failed sign-in. */
interface Failure {
  readonly kind: string;
  readonly providerError?: string;
  readonly returnTo?: string;
}

/**
 * Where a failed sign-in is explained. Kind and code are from closed lists, the reference is random and finds the log
 * line, the path is where the person wanted to go: the address carries nothing of the attempt or the person.
 */
export function ssoErrorUrl(canonicalUrl: string, failure: Failure, reference: string): string {
  const { kind, providerError, returnTo } = failure;
  const query = new URLSearchParams({ kind, reference });
  if (providerError !== undefined) query.set('code', providerError);
  if (returnTo !== undefined) query.set('return_to', returnTo);
  return `${canonicalUrl}/sso/error?${query.toString()}`;
}
