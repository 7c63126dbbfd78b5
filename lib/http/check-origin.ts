import type { TenantSlug } from '#lib/core';
import type { Addresses } from '#lib/edge';
import type { Auth } from './types.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

export function isUnsafe(method: string): boolean {
  return !SAFE_METHODS.has(method);
}

/**
 * A request that another site made a browser send is refused: by its Origin, or by its fetch metadata. What changes
 * something under a cookie must say where it comes from; programs with credentials of their own need not.
 */
export function isForeign(
  addresses: Pick<Addresses, 'isOwnOrigin'>,
  request: { readonly method: string; readonly headers: Headers },
  slug: TenantSlug | undefined,
  auth: Auth,
): boolean {
  const origin = request.headers.get('origin');
  if (origin !== null) return !addresses.isOwnOrigin(origin, slug);
  if (!isUnsafe(request.method)) return false;
  const site = request.headers.get('sec-fetch-site');
  if (site !== null) return site !== 'same-origin' && site !== 'none';
  return auth !== 'raw' && auth !== 'public';
}
