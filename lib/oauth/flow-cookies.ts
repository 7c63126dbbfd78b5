import { parseCookies } from '#lib/edge';
import type { Configuration } from 'oidc-provider';
import type { TenantScope } from './tenant-scope.ts';

type Flow = Pick<TenantScope, 'addresses' | 'tenant'>;

/**
 * Names of the cookies that bind a request under way to one browser. Each has the path of its own page, so several
 * requests can run side by side; `__Host-` would demand Path=/, hence `__Secure-`. They are never given a domain.
 */
function cookieName({ addresses, tenant }: Flow, purpose: 'interaction' | 'resume' | 'session'): string {
  return addresses.cookie(purpose, tenant.slug).name.replace(/^__Host-/, '__Secure-');
}

export function flowCookies(flow: Flow): NonNullable<Configuration['cookies']> {
  const options = {
    httpOnly: true,
    sameSite: 'lax',
    secure: flow.addresses.secureCookies,
    signed: false,
    overwrite: true,
  } as const;
  return {
    names: {
      interaction: cookieName(flow, 'interaction'),
      resume: cookieName(flow, 'resume'),
      // Never set: the browser's session is identity's own (see browser-backed-session.ts).
      session: `${cookieName(flow, 'resume')}-unused`,
    },
    short: options,
    long: options,
  };
}

/** The browser that asks is the one in which this request was started. */
export function isSameBrowser(flow: Flow, cookies: string | null, uid: string): boolean {
  return parseCookies(cookies).get(cookieName(flow, 'interaction')) === uid;
}
