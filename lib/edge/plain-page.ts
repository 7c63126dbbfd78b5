import { securityHeaders } from './security-headers.ts';

/** The look of the hosted pages in one small style, for answers where no component is at hand. */
const STYLE =
  ':root{color-scheme:light dark}' +
  'body{margin:0;padding:3.5rem 1rem;background:light-dark(#f6f7f9,#0b0e12);color:light-dark(#131720,#e9edf3);font:14px/1.5 ui-sans-serif,system-ui,sans-serif}' +
  'main,header{max-width:34rem;margin:0 auto}' +
  'header{display:flex;justify-content:space-between;gap:1rem;padding:0 .25rem 1.25rem;font-size:1rem;color:light-dark(#525b69,#a2acbb)}' +
  'header b{color:light-dark(#131720,#e9edf3)}' +
  'section{padding:1.25rem 1.75rem;background:light-dark(#fff,#12161c);border:1px solid light-dark(#e0e4ea,#262d37);border-radius:.75rem;overflow-wrap:anywhere}' +
  'h1{font-size:1.25rem;line-height:1.4;margin:.25rem 0 1rem}' +
  'p{margin:.75rem 0}' +
  'small{color:light-dark(#525b69,#a2acbb)}' +
  'a{color:light-dark(#2a48c4,#a3b6ff)}' +
  'code{font-family:ui-monospace,monospace;font-size:.8125rem}';

export interface PlainPage {
  readonly title: string;
  /** Whose page it is, where that is known. */
  readonly organisation?: string;
  readonly paragraphs: readonly string[];
  /** What programs call it, small below. */
  readonly code?: string;
  /** Finds the log line. */
  readonly reference?: string;
  readonly link?: { readonly href: string; readonly text: string };
}

/** A page as it is sent. */
export interface PlainAnswer {
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface PlainPageOptions {
  readonly https: boolean;
  /** Left out: a fresh one. Middleware has chosen one already for what goes through it. */
  readonly nonce?: string | undefined;
}

/** A whole page without script, with the headers whose policy lets through its one style. Whatever it says is text. */
export function plainPage(page: PlainPage, { https, nonce = newNonce() }: PlainPageOptions): PlainAnswer {
  const headers = {
    ...securityHeaders('hosted', { https, nonce }),
    'content-type': 'text/html; charset=utf-8',
  };
  return { html: htmlOf(page, nonce), headers };
}

function newNonce(): string {
  return crypto.randomUUID().replaceAll('-', '');
}

function htmlOf(page: PlainPage, nonce: string): string {
  const { title, organisation, link, code, reference } = page;
  const style = `<style nonce="${escapeHtml(nonce)}">${STYLE}</style>`;
  const parts = [
    `<h1>${escapeHtml(title)}</h1>`,
    ...page.paragraphs.map((text) => `<p>${escapeHtml(text)}</p>`),
    ...(link === undefined ? [] : [`<p><a href="${escapeHtml(link.href)}">${escapeHtml(link.text)}</a></p>`]),
    ...(code === undefined ? [] : [`<p><small><code>${escapeHtml(code)}</code></small></p>`]),
    ...(reference === undefined
      ? []
      : [`<p><small>Reference <code>${escapeHtml(reference)}</code></small></p>`]),
  ];
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · ${escapeHtml(organisation ?? 'Countersign')}</title>${style}</head>
<body><header><b>Countersign</b><span>${escapeHtml(organisation ?? '')}</span></header>
<main><section>${parts.join('')}</section></main></body>
</html>
`;
}

/** What is quoted may be what a stranger sent. */
function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
