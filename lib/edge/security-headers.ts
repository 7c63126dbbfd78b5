import { HSTS_SECONDS } from './constants.ts';
import type { PageKind, SecurityHeaderOptions } from './types.ts';

type Directives = Record<string, readonly string[]>;

const NONCE = /^[A-Za-z0-9+/_-]{16,}={0,2}$/;
const SOURCE = /^[a-z][a-z0-9+.-]*:(?:\/\/(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d{1,5})?)?$/;
// Schemes that name content rather than a place: allowing one would allow script.
const CONTENT_SCHEMES = new Set(['javascript:', 'data:', 'blob:', 'filesystem:', 'about:']);

const NOTHING: Directives = {
  'default-src': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
};

/**
 * The source expression for where a URL leads: its origin, or the scheme of an application's own (`cursor:`).
 * Undefined for anything that could change the meaning of the policy it is put into.
 */
export function cspSource(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, host } = new URL(url);
  const web = protocol === 'http:' || protocol === 'https:';
  const source = web ? `${protocol}//${host}` : protocol;
  return SOURCE.test(source) && !CONTENT_SCHEMES.has(protocol) ? source : undefined;
}

/** Every security header of every kind of response; the only place that writes a Content-Security-Policy. */
export function securityHeaders(kind: PageKind, options: SecurityHeaderOptions = {}): Record<string, string> {
  const headers: Record<string, string> = {
    'content-security-policy': renderPolicy(policyOf(kind, options)),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    // `no-referrer` would make browsers send `Origin: null` with our own forms.
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': kind === 'public' ? 'cross-origin' : 'same-origin',
    'permissions-policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
  };
  if (options.https) headers['strict-transport-security'] = `max-age=${HSTS_SECONDS}; includeSubDomains`;
  const caching = CACHE_CONTROL[kind];
  if (caching !== undefined) headers['cache-control'] = caching;
  if (kind === 'public') headers['access-control-allow-origin'] = '*';
  return headers;
}

/** `public` and the protocols say for themselves how long an answer is good. */
const CACHE_CONTROL: Record<PageKind, string | undefined> = {
  console: 'no-store',
  hosted: 'no-store',
  api: 'no-store',
  protocol: 'no-store',
  bare: 'no-store',
  public: undefined,
  static: 'public, max-age=31536000, immutable',
};

function policyOf(kind: PageKind, options: SecurityHeaderOptions): Directives {
  switch (kind) {
    case 'console':
    case 'hosted':
      return pagePolicy(kind, options);
    case 'api':
    case 'protocol':
    case 'public':
    case 'bare':
      return NOTHING;
    case 'static':
      // A worker's policy is the one of its own script: the verifier may load its parts, and talk to nobody.
      return { ...NOTHING, 'script-src': ["'self'"] };
  }
}

function pagePolicy(kind: 'console' | 'hosted', options: SecurityHeaderOptions): Directives {
  const nonce = options.nonce !== undefined && NONCE.test(options.nonce) ? [`'nonce-${options.nonce}'`] : [];
  const script = nonce.length > 0 ? [...nonce, "'strict-dynamic'"] : ["'none'"];
  // Chromium applies form-action to the redirects that answer a form, too.
  const formAction = (options.formAction ?? []).flatMap((url) => cspSource(url) ?? []);
  const frames = kind === 'console' ? (options.frames ?? []).flatMap((url) => cspSource(url) ?? []) : [];
  const development = options.development === true;
  return {
    ...NOTHING,
    // The console verifies receipts in a worker of its own; without this, 'strict-dynamic' would let none start.
    'worker-src': kind === 'console' ? ["'self'"] : ["'none'"],
    'script-src': development && nonce.length > 0 ? [...script, "'unsafe-eval'"] : script,
    'style-src': ["'self'", ...nonce],
    'img-src': ["'self'", 'data:'],
    'font-src': ["'self'"],
    'connect-src': development ? ["'self'", 'ws:'] : ["'self'"],
    'manifest-src': ["'self'"],
    'frame-src': frames.length > 0 ? frames : ["'none'"],
    'form-action': ["'self'", ...formAction],
    'object-src': ["'none'"],
  };
}

function renderPolicy(directives: Directives): string {
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources.join(' ')}`)
    .join('; ');
}
