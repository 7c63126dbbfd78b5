import type { ServerId, TenantSlug } from '#lib/core';

/** The two URL templates of the configuration: `TENANT_URL` with `{tenant}`, `VIEWS_URL` with `{label}`. */
export interface AddressTemplates {
  readonly tenantUrl: string;
  readonly viewsUrl: string;
}

/** Metadata documents that live at `/.well-known/<name><path of the issuer or resource>` (RFC 8414 §3.1, RFC 9728 §3.1). */
export type WellKnownName =
  'oauth-protected-resource' | 'oauth-authorization-server' | 'openid-configuration';

/** What a Host header alone says. `shared` is the host of a path template, or the host without its tenant label. */
export type HostMatch =
  | { readonly kind: 'tenant'; readonly slug: TenantSlug }
  | { readonly kind: 'shared' }
  | { readonly kind: 'view'; readonly label: string }
  | { readonly kind: 'none' };

/** What Host header and path together say. `path` is always the part below the thing matched, never decoded. */
export type AddressMatch =
  /** Something of one tenant: `path` is `/mcp/everything`, `/`, … */
  | { readonly kind: 'tenant'; readonly slug: TenantSlug; readonly path: string }
  /** A metadata document: `path` is what follows the canonical URL: empty, `/mint`, `/mcp/everything`. */
  | {
      readonly kind: 'well-known';
      readonly slug: TenantSlug;
      readonly name: WellKnownName;
      readonly path: string;
    }
  /** The address without its tenant part: landing page, tenant picker. */
  | { readonly kind: 'root'; readonly path: string }
  /** A tool view's origin. */
  | { readonly kind: 'view'; readonly label: string; readonly path: string }
  /** Our host, but a path that names nothing and never will: 404. */
  | { readonly kind: 'not-found' }
  /** Not an address of this instance: 421. */
  | { readonly kind: 'none' };

/** Lower-case hex SHA-256 of a text's UTF-8 bytes; a parameter, so that edge stays pure. */
export type Sha256Hex = (text: string) => string;

/** What a cookie is for; part of its name. A sign-in has one cookie per attempt, hence the suffix. */
export type CookiePurpose =
  'session' | `signin-${string}` | 'interaction' | 'resume' | 'tenant' | 'demo' | 'theme';

/** Name and scope of a cookie; the value and its lifetime are the caller's. */
export interface CookieScope {
  readonly name: string;
  readonly path: string;
  readonly secure: boolean;
}

export interface CookieOptions {
  readonly scope: CookieScope;
  readonly value: string;
  /** Absent: ends with the browser. 0: deletes the cookie. */
  readonly maxAgeSeconds?: number;
  readonly sameSite?: 'Lax' | 'Strict';
}

/** Everything that depends on the two templates. Nothing here ever looks at a request's own idea of its URL. */
export interface Addresses {
  /** The tenant is in the path (`/t/acme`), not in the host. */
  readonly pathTemplate: boolean;
  /** Cookies carry `Secure` and a name prefix: https, or a loopback host that browsers trust. */
  readonly secureCookies: boolean;
  /** https: headers may include Strict-Transport-Security. */
  readonly https: boolean;
  /** The address without its tenant part, no trailing slash. */
  readonly rootUrl: string;

  canonicalUrl(slug: TenantSlug): string;
  /** Scheme, host and port of the canonical URL. */
  origin(slug: TenantSlug): string;
  /** `<canonical>/mcp/<server>`: the MCP URL, the resource identifier and the token's audience. */
  resourceUrl(slug: TenantSlug, server: ServerId): string;
  mintIssuer(slug: TenantSlug): string;
  /** Redirect URI at the identity provider. */
  ssoCallbackUrl(slug: TenantSlug): string;
  /** Where a sign-in begins; `returnTo` is a path below the canonical URL. */
  ssoStartUrl(slug: TenantSlug, returnTo?: string): string;
  protectedResourceMetadataUrl(slug: TenantSlug, server: ServerId): string;
  authorizationServerMetadataUrl(slug: TenantSlug): string;
  /** `https://…/.well-known/<name>/P` of an issuer or resource `<canonical><below>`. */
  wellKnownUrl(slug: TenantSlug, name: WellKnownName, below: '' | `/${string}`): string;
  /** The tenant and server that a resource identifier of ours names; exact text only. */
  parseResourceUrl(url: string): { readonly slug: TenantSlug; readonly server: ServerId } | undefined;

  viewLabel(resourceUrl: string, sha256Hex: Sha256Hex): string;
  viewOrigin(label: string): string;

  /** Tenant, view or none from the Host header (with port) and the path of the request line. */
  match(host: string | undefined, path: string): AddressMatch;
  matchHost(host: string | undefined): HostMatch;
  /** Where the router finds a match: `/t/<slug>/…`, `/.well-known/<name>/t/<slug>…`, `/view/<label>/…`. */
  internalPath(match: AddressMatch): string | undefined;
  /** An `Origin` header's value is the tenant's own origin (without a slug: the root's). */
  isOwnOrigin(origin: string | null | undefined, slug?: TenantSlug): boolean;

  cookiePath(slug: TenantSlug | undefined): string;
  cookie(purpose: CookiePurpose, slug: TenantSlug | undefined): CookieScope;
}

/** Which kind of response the headers are for. */
export type PageKind =
  /** Pages with our own scripts, under a nonce: console, hosted pages rendered by the same application. */
  | 'console'
  /** Hosted pages of the OAuth and elicitation flows: no script without a nonce, forms to where the flow goes on. */
  | 'hosted'
  /** JSON for our own pages and for API clients. */
  | 'api'
  /** MCP and OAuth protocol endpoints. */
  | 'protocol'
  /** Metadata, key sets, checkpoints: public, readable from any origin. */
  | 'public'
  /** A redirect, or another response without a body. */
  | 'bare'
  /** Files that never change. */
  | 'static';

export interface SecurityHeaderOptions {
  /** Adds Strict-Transport-Security. */
  readonly https?: boolean;
  /** base64 nonce of this response's scripts and styles. */
  readonly nonce?: string;
  /** Where a form on this page may lead besides its own origin, redirects included: URLs, reduced to their origin or scheme. */
  readonly formAction?: readonly string[];
  /** Origins this page may frame. */
  readonly frames?: readonly string[];
  /** Next's development server needs eval and a web socket. */
  readonly development?: boolean;
}

/** A refusal as RFC 9457 problem details: what, why, and how to mend it. */
export interface Problem {
  readonly status: number;
  /** Stable, kebab-case; becomes `urn:countersign:problem:<code>`. */
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  /** What the person can do about it. */
  readonly remedy?: string;
  /** Closed list of what is wrong with the input, one line each. Line and column are of a text inside it, from 1. */
  readonly errors?: readonly {
    readonly path: string;
    readonly message: string;
    readonly line?: number;
    readonly column?: number;
  }[];
  /** Finds the log line. */
  readonly reference?: string;
}

/** Addresses of proxies whose X-Forwarded-For entry counts. */
export interface TrustedProxies {
  contains(address: string): boolean;
}
