import { assert, keepAtHand, parseServerId, type ServerId, type TenantSlug } from '#lib/core';
import { MATCHED_PATH_CHARS_MAX, MATCHES_KEPT_MAX, VIEW_LABEL_HEX_DIGITS } from './constants.ts';
import { internalPath, matchAddress, matchHost, type Templates } from './match-address.ts';
import { expandOrigin, expandTemplate, parseTemplate, slugOf, type Template } from './templates.ts';
import type {
  Addresses,
  AddressMatch,
  AddressTemplates,
  CookiePurpose,
  CookieScope,
  WellKnownName,
} from './types.ts';

/** Everything that depends on the two templates, worked out once. Throws for templates the configuration let through by mistake. */
export function createAddresses({ tenantUrl, viewsUrl }: AddressTemplates): Addresses {
  const tenant = parseTemplate(tenantUrl, '{tenant}');
  const view = parseTemplate(viewsUrl, '{label}');
  assert(
    view.place === 'host',
    'VIEWS_URL has {label} in its host, for every server needs an origin of its own',
  );
  assert(tenant.hostName !== view.hostName, 'TENANT_URL and VIEWS_URL are different hosts');
  const templates = { tenant, view };
  return {
    pathTemplate: tenant.place === 'path',
    https: tenant.https,
    secureCookies: hasSecureCookies(tenant),
    rootUrl: expandOrigin(tenant),
    ...tenantUrls(tenant),
    viewLabel: (resourceUrl, sha256Hex) => sha256Hex(resourceUrl).slice(0, VIEW_LABEL_HEX_DIGITS),
    viewOrigin: (label) => expandOrigin(view, label),
    match: keptMatches(templates),
    matchHost: (host) => matchHost(templates, host),
    internalPath,
    isOwnOrigin: (origin, slug) => origin === expandOrigin(tenant, slug),
    cookiePath: (slug) => cookiePath(tenant, slug),
    cookie: (purpose, slug) => cookieScope(tenant, purpose, slug),
  };
}

/** Agents call few addresses again and again. Keeps a bounded number of matches; strangers can only make it begin anew. */
function keptMatches(templates: Templates): Addresses['match'] {
  const kept = new Map<string, AddressMatch>();
  return (host, path) => {
    if (host === undefined || host.length + path.length > MATCHED_PATH_CHARS_MAX)
      return matchAddress(templates, host, path);
    // Neither can hold the end of a line.
    const address = `${host}\n${path}`;
    const known = kept.get(address);
    if (known !== undefined) return known;
    return keepAtHand(kept, MATCHES_KEPT_MAX, address, matchAddress(templates, host, path));
  };
}

function tenantUrls(tenant: Template) {
  const canonicalUrl = (slug: TenantSlug) => expandTemplate(tenant, slug);
  const origin = (slug: TenantSlug) => expandOrigin(tenant, slug);
  const resourceUrl = (slug: TenantSlug, server: ServerId) => `${canonicalUrl(slug)}/mcp/${server}`;
  // RFC 8414 §3.1 and RFC 9728 §3.1: the well-known part goes between the host and the path.
  const wellKnownUrl = (slug: TenantSlug, name: WellKnownName, below: '' | `/${string}`) =>
    `${origin(slug)}/.well-known/${name}${canonicalUrl(slug).slice(origin(slug).length)}${below}`;
  return {
    canonicalUrl,
    origin,
    resourceUrl,
    wellKnownUrl,
    mintIssuer: (slug: TenantSlug) => `${canonicalUrl(slug)}/mint`,
    ssoCallbackUrl: (slug: TenantSlug) => `${canonicalUrl(slug)}/sso/callback`,
    ssoStartUrl: (slug: TenantSlug, returnTo = '/') =>
      `${canonicalUrl(slug)}/sso/start?return_to=${encodeURIComponent(returnTo)}`,
    protectedResourceMetadataUrl: (slug: TenantSlug, server: ServerId) =>
      wellKnownUrl(slug, 'oauth-protected-resource', `/mcp/${server}`),
    authorizationServerMetadataUrl: (slug: TenantSlug) =>
      wellKnownUrl(slug, 'oauth-authorization-server', ''),
    parseResourceUrl: (url: string) => parseResourceUrl(tenant, url),
  };
}

/** Exact text only: two spellings of one resource would be two audiences. */
function parseResourceUrl(tenant: Template, url: string) {
  const marker = url.lastIndexOf('/mcp/');
  if (marker === -1) return undefined;
  const server = parseServerId(url.slice(marker + '/mcp/'.length));
  if (!server.ok) return undefined;
  const slug = slugIn(tenant, url.slice(0, marker));
  return slug && { slug, server: server.value };
}

function slugIn(tenant: Template, canonicalUrl: string): TenantSlug | undefined {
  const name =
    tenant.place === 'path'
      ? canonicalUrl.slice(canonicalUrl.lastIndexOf('/') + 1)
      : canonicalUrl.slice(`${tenant.scheme}//`.length).split('.')[0];
  const slug = slugOf(name ?? '');
  return slug !== undefined && expandTemplate(tenant, slug) === canonicalUrl ? slug : undefined;
}

/** Browsers keep `Secure` cookies of https, and of loopback hosts over http, which they trust as much. */
function hasSecureCookies(tenant: Template): boolean {
  if (tenant.https) return true;
  const host = tenant.place === 'host' ? tenant.hostName.slice(1) : tenant.hostName;
  return host === 'localhost' || host.endsWith('.localhost') || host === '127.0.0.1';
}

function cookiePath(tenant: Template, slug: TenantSlug | undefined): string {
  return tenant.place === 'path' && slug !== undefined ? `${tenant.pathPrefix}${slug}` : '/';
}

/**
 * Cookies ignore ports, so a cookie's name carries the instance (its port) and the tenant. `__Host-` forbids a domain
 * and demands Path=/; under a path template the cookie must stay below its tenant, so there it is `__Secure-`.
 */
function cookieScope(tenant: Template, purpose: CookiePurpose, slug: TenantSlug | undefined): CookieScope {
  const secure = hasSecureCookies(tenant);
  const path = cookiePath(tenant, slug);
  const prefix = secure ? (path === '/' ? '__Host-' : '__Secure-') : '';
  const instance = tenant.port === '' ? (tenant.https ? '443' : '80') : tenant.port;
  return { name: `${prefix}cs${instance}.${slug ?? ''}.${purpose}`, path, secure };
}
