import { securityHeaders } from '#lib/edge';
import { hosted } from '#ui/messages.ts';

/**
 * A page that goes on to `url` by itself. After a form, a redirect to another site would be stopped by our own
 * `form-action` (Chromium applies it to the redirects that follow a form); a page that moves on is a navigation.
 */
export function continuePage(url: string, setCookies: readonly string[] = []): Response {
  const target = escapeAttribute(url);
  const headers = new Headers({ ...securityHeaders('hosted'), 'content-type': 'text/html; charset=utf-8' });
  for (const cookie of setCookies) headers.append('set-cookie', cookie);
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${hosted('goOn.title')} · Countersign</title><meta name="color-scheme" content="light dark"><meta http-equiv="refresh" content="0;url=${target}"></head><body><p><a href="${target}">${hosted('goOn.link')}</a></p></body></html>`;
  return new Response(html, { headers });
}

function escapeAttribute(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
