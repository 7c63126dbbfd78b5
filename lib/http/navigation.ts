import { NONCE_HEADER } from '#lib/edge';

const NONCE = /^[A-Za-z0-9+/_-]{16,}={0,2}$/;

/** A person is looking: the browser sent a form, or opened an address. */
export function isNavigation(headers: Headers): boolean {
  return (headers.get('accept') ?? '').includes('text/html');
}

/** The nonce that middleware chose for this request's page. */
export function nonceOf(headers: Headers): string | undefined {
  const nonce = headers.get(NONCE_HEADER);
  return nonce !== null && NONCE.test(nonce) ? nonce : undefined;
}
