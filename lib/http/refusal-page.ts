import { NONCE_HEADER, type Problem, REQUEST_ID_HEADER, securityHeaders } from '#lib/edge';

const NONCE = /^[A-Za-z0-9+/_-]{16,}={0,2}$/;
const STYLE =
  ':root{color-scheme:light dark}body{max-width:34rem;margin:3rem auto;padding:0 1rem;font:16px/1.5 system-ui,sans-serif}';

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
  const style = nonce === undefined ? '' : `<style nonce="${nonce}">${STYLE}</style>`;
  const paragraphs = [problem.detail, problem.remedy].map((text) =>
    text ? `<p>${escapeText(text)}</p>` : '',
  );
  const reference = problem.reference
    ? `<p><small>Reference <code>${escapeText(problem.reference)}</code></small></p>`
    : '';
  const title = escapeText(problem.title);
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title} · Countersign</title>${style}</head><body><main><h1>${title}</h1>${paragraphs.join('')}<p><a href="${escapeText(home)}">Go on</a></p>${reference}</main></body></html>`;
  return new Response(html, { status: problem.status, headers: answer });
}

function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
