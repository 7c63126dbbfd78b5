import type { TenantSlug } from '#lib/core';
import { HOST_CHARS_MAX, VIEW_LABEL_HEX_DIGITS } from './constants.ts';
import { matchTemplateHost, parseHost, slugOf, type Template } from './templates.ts';
import type { AddressMatch, HostMatch, WellKnownName } from './types.ts';

const WELL_KNOWN =
  /^\/\.well-known\/(oauth-protected-resource|oauth-authorization-server|openid-configuration)(?=\/|$)/;
const APPENDED = /^(.*)\/\.well-known\/(openid-configuration|oauth-authorization-server)$/;
const VIEW_LABEL = new RegExp(`^[0-9a-f]{${VIEW_LABEL_HEX_DIGITS}}$`);
// Dot segments, doubled slashes, backslashes, fragments and control characters: some layer would read them differently.
const DOT_SEGMENT = /(?:^|\/)\.{1,2}(?:\/|$)/;
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const AMBIGUOUS = /\/\/|[\\#\u0000-\u0020\u007f]/;
// The same percent-encoded, `%` itself (decoded twice, it is any of them), and what needs no encoding (RFC 3986 §2.3: such
// spellings name the same, so whoever decodes first finds another address than whoever compares first).
const AMBIGUOUS_ENCODING = /%(?:[01][\da-f]|2[5def]|3\d|[46][1-9a-f]|5[\dacf]|7[\daf])/i;

export interface Templates {
  readonly tenant: Template;
  readonly view: Template;
}

export function matchHost(templates: Templates, host: string | undefined): HostMatch {
  if (host === undefined || host.length > HOST_CHARS_MAX) return { kind: 'none' };
  return matchTenantHost(templates.tenant, host) ?? matchViewHost(templates.view, host) ?? { kind: 'none' };
}

function matchTenantHost(template: Template, host: string): HostMatch | undefined {
  const parsed = parseHost(host, template.scheme);
  const name = parsed && matchTemplateHost(template, parsed.name, parsed.port);
  if (name === undefined) return undefined;
  if (name === '') return { kind: 'shared' };
  const slug = slugOf(name);
  return slug && { kind: 'tenant', slug };
}

function matchViewHost(template: Template, host: string): HostMatch | undefined {
  const parsed = parseHost(host, template.scheme);
  const label = parsed && matchTemplateHost(template, parsed.name, parsed.port);
  return label !== undefined && VIEW_LABEL.test(label) ? { kind: 'view', label } : undefined;
}

/** The path of a request line, without its query; undefined when layers could disagree about what it names. */
function plainPath(target: string): string | undefined {
  const end = target.indexOf('?');
  const path = end === -1 ? target : target.slice(0, end);
  if (!path.startsWith('/') || DOT_SEGMENT.test(path) || AMBIGUOUS.test(path)) return undefined;
  if (!path.includes('%')) return path;
  return !AMBIGUOUS_ENCODING.test(path) && isDecodable(path) ? path : undefined;
}

/** What is no percent-encoded UTF-8 (`%ff`, `%zz`) makes whoever decodes it later fail, or guess. */
function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

export function matchAddress(templates: Templates, host: string | undefined, target: string): AddressMatch {
  const hostMatch = matchHost(templates, host);
  if (hostMatch.kind === 'none') return hostMatch;
  const path = plainPath(target);
  if (path === undefined) return { kind: 'not-found' };
  switch (hostMatch.kind) {
    case 'view':
      return { kind: 'view', label: hostMatch.label, path };
    case 'tenant':
      return (
        wellKnownOf(path, (rest) => ({ slug: hostMatch.slug, path: rest })) ?? {
          kind: 'tenant',
          slug: hostMatch.slug,
          path,
        }
      );
    case 'shared':
      return templates.tenant.place === 'host'
        ? { kind: 'root', path }
        : matchSharedPath(templates.tenant, path);
  }
}

type Below = { readonly slug: TenantSlug; readonly path: string };

/** A path of a path template's host: of a tenant, a tenant's metadata, or the root. */
function matchSharedPath(template: Template, path: string): AddressMatch {
  const wellKnown = wellKnownOf(path, (rest) => splitTenantPath(template, rest));
  if (wellKnown) return wellKnown;
  if (!path.startsWith(template.pathPrefix) || path === template.pathPrefix) return { kind: 'root', path };
  const below = splitTenantPath(template, path);
  if (!below) return { kind: 'not-found' };
  return { kind: 'tenant', slug: below.slug, path: below.path === '' ? '/' : below.path };
}

function splitTenantPath(template: Template, path: string): Below | undefined {
  if (!path.startsWith(template.pathPrefix)) return undefined;
  const rest = path.slice(template.pathPrefix.length);
  const end = rest.indexOf('/');
  const slug = slugOf(end === -1 ? rest : rest.slice(0, end));
  return slug && { slug, path: end === -1 ? '' : rest.slice(end) };
}

/**
 * A metadata document in either spelling: inserted (`/.well-known/<name>/P`, RFC 8414 §3.1) or, as OpenID Connect
 * Discovery §4 has it and MCP clients try it too, appended (`/P/.well-known/openid-configuration`).
 */
function wellKnownOf(path: string, split: (rest: string) => Below | undefined): AddressMatch | undefined {
  const inserted = WELL_KNOWN.exec(path);
  const appended = inserted ? null : APPENDED.exec(path);
  const name = (inserted?.[1] ?? appended?.[2]) as WellKnownName | undefined;
  if (name === undefined) return undefined;
  const rest = inserted ? path.slice(inserted[0].length) : (appended?.[1] ?? '');
  const below = split(rest);
  return below && { kind: 'well-known', slug: below.slug, name, path: below.path === '/' ? '' : below.path };
}

/** Where the router finds a match: one folder per kind, whatever the templates look like. */
export function internalPath(match: AddressMatch): string | undefined {
  switch (match.kind) {
    case 'tenant':
      return `/t/${match.slug}${match.path === '/' ? '' : match.path}`;
    case 'well-known':
      return `/.well-known/${match.name}/t/${match.slug}${match.path}`;
    case 'view':
      return `/view/${match.label}${match.path}`;
    case 'root':
      return match.path;
    case 'not-found':
    case 'none':
      return undefined;
  }
}
