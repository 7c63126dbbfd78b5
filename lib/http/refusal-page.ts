import { NONCE_HEADER, plainPage, type Problem, REQUEST_ID_HEADER, securityHeaders } from '#lib/edge';

const NONCE = /^[A-Za-z0-9+/_-]{16,}={0,2}$/;

/** A person is looking: the browser sent a form, or opened an address. */
export function isNavigation(headers: Headers): boolean {
  return (headers.get('accept') ?? '').includes('text/html');
}

/** The nonce that middleware chose for this request's page. */
export function nonceOf(headers: Headers): string | undefined {
  const nonce = headers.get(NONCE_HEADER);
  return nonce !== null && NONCE.test(nonce) ? nonce : undefined;
}

/**
 * A refusal for somebody who sent a form and now sees the answer as a page. Plain, for no component is at hand here, but
 * with everything that the same problem has as JSON.
 */
export function refusalPage(
  problem: Problem,
  { headers, home, https }: { readonly headers: Headers; readonly home: string; readonly https: boolean },
): Response {
  const nonce = nonceOf(headers);
  const answer = new Headers(securityHeaders('hosted', { https, ...(nonce === undefined ? {} : { nonce }) }));
  answer.set('content-type', 'text/html; charset=utf-8');
  if (problem.reference !== undefined) answer.set(REQUEST_ID_HEADER, problem.reference);
  const { title, detail, remedy, reference } = problem;
  const html = plainPage(
    {
      title,
      paragraphs: [detail, remedy ?? ''].filter((text) => text !== ''),
      link: { href: home, text: 'Go on' },
      ...(reference === undefined ? {} : { reference }),
    },
    nonce,
  );
  return new Response(html, { status: problem.status, headers: answer });
}
