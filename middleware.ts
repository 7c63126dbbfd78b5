import { type NextRequest, NextResponse } from 'next/server.js';
import {
  type Addresses,
  NONCE_HEADER,
  ORIGINAL_PATH_HEADER,
  problemResponse,
  securityHeaders,
} from '#lib/edge';

/** Everything but Next's own immutable files. */
export const config = { matcher: '/((?!_next/static/).*)', runtime: 'nodejs' };

/** What the process that serves us has published; the same symbol as lib/runtime's. */
const REGISTRY = Symbol.for('countersign.runtime');

const HOSTED = /^\/t\/[^/]+\/(?:consent|sso)\/|^\/$/;
/** Answered by route files, which know best who may read an answer and for how long it is good. */
const ROUTES = /^\/\.well-known\/|^\/t\/[^/]+\/(?:api|log|mcp|mint|oauth)(?:\/|$)/;
/** What is set here would stand above what a route says. */
const LEFT_TO_ROUTES = ['cache-control', 'cross-origin-resource-policy'];

/**
 * Host to tenant, and the nonce of this response's scripts. Never authorisation: each route and page checks its tenant,
 * Host header and session by itself, and would be just as closed if this never ran (CVE-2025-29927).
 */
export function middleware(request: NextRequest): Response {
  const addresses = (globalThis as { [REGISTRY]?: { readonly addresses: Addresses } })[REGISTRY]?.addresses;
  if (addresses === undefined) return problemResponse(NOT_RUNNING);
  const { pathname, search } = request.nextUrl;
  const match = addresses.match(request.headers.get('host') ?? undefined, pathname);
  if (match.kind === 'none') return problemResponse(UNKNOWN_HOST);
  const internal = addresses.internalPath(match);
  if (internal === undefined) return problemResponse(NOTHING_HERE);

  const nonce = crypto.randomUUID().replaceAll('-', '');
  const isRoute = ROUTES.test(internal);
  const kind = isRoute ? 'protocol' : HOSTED.test(internal) ? 'hosted' : 'console';
  const headers = securityHeaders(kind, { nonce, https: addresses.https });
  const forwarded = new Headers(request.headers);
  // What Next tells itself between its parts: from outside it is a lie, and one of them (prefetch) is answered with 200.
  for (const name of request.headers.keys()) if (name.startsWith('x-middleware-')) forwarded.delete(name);
  // There are no Server Actions here: who names one gets the page, under its own rules.
  forwarded.delete('next-action');
  forwarded.set(NONCE_HEADER, nonce);
  forwarded.set(ORIGINAL_PATH_HEADER, pathname + search);
  // Next reads the nonce for its own scripts from the request's copy of the policy.
  forwarded.set('content-security-policy', headers['content-security-policy'] ?? '');
  const target = request.nextUrl.clone();
  target.pathname = internal;
  const onward = { request: { headers: forwarded } };
  const response = internal === pathname ? NextResponse.next(onward) : NextResponse.rewrite(target, onward);
  for (const [name, value] of Object.entries(headers)) {
    if (!isRoute || !LEFT_TO_ROUTES.includes(name)) response.headers.set(name, value);
  }
  return response;
}

const UNKNOWN_HOST = {
  status: 421,
  code: 'unknown-host',
  title: 'This host is not an address of this instance',
  detail: 'Countersign answers to its own names only.',
  remedy: 'Use the address that your administrator gave you.',
};
const NOTHING_HERE = {
  status: 404,
  code: 'not-found',
  title: 'There is nothing at this address',
  detail: 'No page, endpoint or document stands here.',
};
const NOT_RUNNING = {
  status: 503,
  code: 'not-running',
  title: 'Countersign is not running in this process',
  detail: 'The application was started without its runtime.',
  remedy: 'Start it with `countersign serve`.',
};
