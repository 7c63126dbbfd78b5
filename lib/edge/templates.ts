import { assert, parseTenantSlug, type TenantSlug } from '#lib/core';

/** A URL template taken apart: fixed scheme and port, and the one place where the name goes. */
export interface Template {
  readonly https: boolean;
  readonly scheme: 'http:' | 'https:';
  /** Host names without a port; `hostSuffix` starts with a dot in a host template. */
  readonly place: 'host' | 'path';
  /** Host template: `.mcp.example.com`. Path template: the whole host name. */
  readonly hostName: string;
  /** Port to be written and expected, empty when it is the scheme's own. */
  readonly port: string;
  /** Path template: what stands before the name, `/t/`. Host template: empty. */
  readonly pathPrefix: string;
}

const DEFAULT_PORT = { 'http:': '80', 'https:': '443' } as const;
const HOST_NAME = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/;
const PATH_PREFIX = /^\/(?:[A-Za-z0-9._~-]+\/)*$/;

/**
 * Takes a template apart. The configuration has already told the operator about a malformed one in words;
 * here it is a defect.
 */
export function parseTemplate(text: string, placeholder: '{tenant}' | '{label}'): Template {
  const parts = /^(https?:)\/\/([^/]+)(\/.*)?$/.exec(text);
  assert(parts !== null, `${text} is an http or https URL`);
  const scheme = parts[1] as 'http:' | 'https:';
  const [hostText = '', portText = '', ...rest] = (parts[2] ?? '').split(':');
  assert(rest.length === 0 && /^\d{0,5}$/.test(portText), `${text} has a host name and at most a port`);
  const port = portText === DEFAULT_PORT[scheme] ? '' : portText;
  const path = (parts[3] ?? '').replace(/\/$/, '');
  const base = { https: scheme === 'https:', scheme, port };
  if (hostText.startsWith(`${placeholder}.`)) {
    const hostName = hostText.slice(placeholder.length).toLowerCase();
    assert(
      HOST_NAME.test(hostName.slice(1)) && path === '',
      `${text} has ${placeholder} as its first label and no path`,
    );
    return { ...base, place: 'host', hostName, pathPrefix: '' };
  }
  const hostName = hostText.toLowerCase();
  assert(HOST_NAME.test(hostName), `${text} has a plain host name`);
  assert(
    path.endsWith(`/${placeholder}`),
    `${text} has ${placeholder} as its first label or its last path segment`,
  );
  const pathPrefix = path.slice(0, -placeholder.length);
  assert(PATH_PREFIX.test(pathPrefix), `${text} has a plain path`);
  return { ...base, place: 'path', hostName, pathPrefix };
}

/** Scheme, host and port with `name` in its place, or without it. */
export function expandOrigin(template: Template, name?: string): string {
  const port = template.port === '' ? '' : `:${template.port}`;
  if (template.place === 'path') return `${template.scheme}//${template.hostName}${port}`;
  const host = name === undefined ? template.hostName.slice(1) : `${name}${template.hostName}`;
  return `${template.scheme}//${host}${port}`;
}

/** The whole URL with `name` in its place, without a trailing slash. */
export function expandTemplate(template: Template, name: string): string {
  const path = template.place === 'path' ? `${template.pathPrefix}${name}` : '';
  return expandOrigin(template, name) + path;
}

/** What `host` puts in the template's place; '' for the host without it; undefined for another host. */
export function matchTemplateHost(template: Template, hostName: string, port: string): string | undefined {
  if (port !== (template.port === '' ? DEFAULT_PORT[template.scheme] : template.port)) return undefined;
  if (template.place === 'path') return hostName === template.hostName ? '' : undefined;
  if (hostName === template.hostName.slice(1)) return '';
  return hostName.endsWith(template.hostName) ? hostName.slice(0, -template.hostName.length) : undefined;
}

/** Name and port of a Host header, the scheme's own port filled in; undefined for anything that is not `name[:port]`. */
export function parseHost(
  host: string,
  scheme: 'http:' | 'https:',
): { name: string; port: string } | undefined {
  const parts = /^([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::([1-9]\d{0,4}))?$/.exec(host.toLowerCase());
  if (parts === null) return undefined;
  return { name: parts[1] ?? '', port: parts[2] ?? DEFAULT_PORT[scheme] };
}

export function slugOf(text: string): TenantSlug | undefined {
  const parsed = parseTenantSlug(text);
  return parsed.ok ? parsed.value : undefined;
}
