import { REQUEST_ID_HEADER } from './constants.ts';
import { securityHeaders } from './security-headers.ts';
import type { Problem } from './types.ts';

/** RFC 9457 members, with our own `code`, `remedy`, `errors` and `reference` beside them. */
export function problemBody(problem: Problem): string {
  return JSON.stringify({ type: `urn:countersign:problem:${problem.code}`, ...problem });
}

/** A whole response of type application/problem+json. `headers` adds to and overrides the usual ones. */
export function problemResponse(
  problem: Problem,
  options: { readonly https?: boolean; readonly headers?: Readonly<Record<string, string>> } = {},
): Response {
  const headers = new Headers(securityHeaders('api', { https: options.https ?? false }));
  headers.set('content-type', 'application/problem+json');
  if (problem.reference !== undefined) headers.set(REQUEST_ID_HEADER, problem.reference);
  for (const [name, value] of Object.entries(options.headers ?? {})) headers.set(name, value);
  return new Response(problemBody(problem), { status: problem.status, headers });
}
