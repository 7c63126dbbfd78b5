import { securityHeaders, type Problem } from '#lib/edge';
import type { PageDeflection } from './types.ts';

/** From `load`: go there instead (an absolute URL of ours, or a path). */
export function redirectTo(to: string): PageDeflection {
  return { outcome: 'redirect', to };
}

/** From `load`: there is no such thing, or not for this person, which answers alike. */
export function notFound(): PageDeflection {
  return { outcome: 'not-found' };
}

/** From `load`: say why not. */
export function refuse(problem: Problem): PageDeflection {
  return { outcome: 'problem', problem };
}

/** A 303 that sets cookies: what follows a sign-in or an accepted form. */
export function seeOther(location: string, setCookies: readonly string[] = []): Response {
  const headers = new Headers(securityHeaders('bare'));
  headers.set('location', location);
  for (const cookie of setCookies) headers.append('set-cookie', cookie);
  return new Response(null, { status: 303, headers });
}
