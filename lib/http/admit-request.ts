import { err, ok, type Result, type TenantSlug, type Role } from '#lib/core';
import { ORIGINAL_PATH_HEADER, parseCookies } from '#lib/edge';
import type { BrowserSession, TenantRecord } from '#lib/identity';
import {
  nothingHere,
  roleRequired,
  signInRequired,
  tenantNotServed,
  unknownHost,
  unknownTenant,
  type Refusal,
} from './problems.ts';
import type { RouteParams } from './read-input.ts';
import type { Auth, HttpServices, Scope } from './types.ts';

export type ReadCookie = (name: string) => string | undefined;

export function readCookies(headers: Headers): ReadCookie {
  const cookies = parseCookies(headers.get('cookie'));
  return (name) => cookies.get(name);
}

/**
 * The tenant's name by the Host header, and by the path segment that the router found: they must agree. Of `instance`
 * scope: none, at the address without a tenant.
 */
export function slugOf(
  services: HttpServices,
  headers: Headers,
  params: RouteParams,
  scope: Scope,
): Result<TenantSlug | undefined, Refusal> {
  const host = services.addresses.matchHost(headers.get('host') ?? undefined);
  if (host.kind === 'none' || host.kind === 'view') return err(unknownHost);
  if (scope === 'instance') return host.kind === 'shared' ? ok(undefined) : err(nothingHere);
  const segment = params['tenant'];
  if (host.kind === 'tenant') return host.slug === segment ? ok(host.slug) : err(nothingHere);
  return services.addresses.pathTemplate && typeof segment === 'string'
    ? ok(segment as TenantSlug)
    : err(nothingHere);
}

export async function loadTenant(
  services: HttpServices,
  slug: TenantSlug,
): Promise<Result<TenantRecord, Refusal>> {
  const tenant = await services.tenants.bySlug(slug);
  if (tenant === undefined || tenant.state === 'creating') return err(unknownTenant);
  return tenant.state === 'active' ? ok(tenant) : err(tenantNotServed);
}

/** The session that `auth` asks for. A session counts for its own tenant only, which is where it is looked up. */
export async function admitSession(
  services: HttpServices,
  tenant: TenantRecord | undefined,
  readCookie: ReadCookie,
  auth: Auth,
): Promise<Result<BrowserSession | undefined, Refusal>> {
  if (auth === 'public' || auth === 'raw') return ok(undefined);
  const session = tenant && (await services.sessions.verify(tenant, readCookie));
  if (auth === 'optional') return ok(session);
  if (session === undefined) return err(signInRequired);
  if (auth === 'session' || hasRole(session, auth.roles)) return ok(session);
  return err(roleRequired);
}

function hasRole(session: BrowserSession, roles: readonly Role[]): boolean {
  return roles.some((role) => session.person.roles.includes(role));
}

/**
 * Where a sign-in begins that comes back to this page. The path header is middleware's; forged, it can at worst lead the
 * forger to another page of the same tenant.
 */
export function signInUrl(
  services: HttpServices,
  tenant: TenantRecord,
  headers: Headers,
  url?: string,
): string {
  const target = headers.get(ORIGINAL_PATH_HEADER) ?? (url === undefined ? '/' : pathAndQuery(url));
  const match = services.addresses.match(headers.get('host') ?? undefined, target);
  const queryAt = target.indexOf('?');
  const query = queryAt === -1 ? '' : target.slice(queryAt);
  const returnTo = match.kind === 'tenant' && match.slug === tenant.slug ? match.path + query : '/';
  return services.addresses.ssoStartUrl(tenant.slug, returnTo);
}

function pathAndQuery(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}
