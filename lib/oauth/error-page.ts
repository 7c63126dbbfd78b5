import { randomBytes } from 'node:crypto';
import type { Configuration } from 'oidc-provider';
import { securityHeaders } from '#lib/edge';
import type { TenantScope } from './tenant-scope.ts';

const STYLE =
  ':root{color-scheme:light dark}' +
  'body{font:16px/1.5 ui-sans-serif,system-ui,sans-serif;margin:0;padding:2.5rem 1rem;background:light-dark(#f6f7f9,#0f1216);color:light-dark(#16191f,#eceff4)}' +
  'main{max-width:29rem;margin:0 auto;padding:1.5rem;background:light-dark(#fff,#171b21);border:1px solid light-dark(#d5dae2,#2c333d);border-radius:8px}' +
  'h1{font-size:1.25rem;margin:0 0 1rem}p{font-size:.875rem;overflow-wrap:anywhere}' +
  'code{background:light-dark(#eef0f4,#10141a);padding:.1em .3em;border-radius:3px}';

export interface ErrorPage {
  readonly html: string;
  readonly headers: Record<string, string>;
}

interface Problem {
  readonly title: string;
  readonly code?: string;
  readonly detail: string;
}

/** A request that can't be answered at its redirect URI is answered here, in words, and leads nowhere. */
export function renderErrorPage({
  tenant,
  addresses,
}: TenantScope): NonNullable<Configuration['renderError']> {
  return (context, out) => {
    const page = renderProblem(tenant.displayName, addresses.https, {
      title: 'This request can not go on',
      code: out.error,
      detail: out.error_description ?? 'The agent sent a request that this server does not accept.',
    });
    context.set(page.headers);
    context.body = page.html;
  };
}

/** A page of its own, without script, whose policy lets through its one style. */
export function renderProblem(tenantName: string, https: boolean, problem: Problem): ErrorPage {
  const nonce = randomBytes(16).toString('base64');
  return {
    html: document(tenantName, nonce, problem),
    headers: {
      ...securityHeaders('hosted', { https, nonce }),
      'content-type': 'text/html; charset=utf-8',
    },
  };
}

function document(tenantName: string, nonce: string, problem: Problem): string {
  const code = problem.code === undefined ? '' : `<p><code>${escapeHtml(problem.code)}</code></p>`;
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(problem.title)} · ${escapeHtml(tenantName)}</title><style nonce="${nonce}">${STYLE}</style></head>
<body><main><h1>${escapeHtml(problem.title)}</h1><p>${escapeHtml(problem.detail)}</p>${code}
<p>Go back to your agent and start again. If it happens again, show this page to an admin of ${escapeHtml(tenantName)}.</p></main></body>
</html>
`;
}

/** Descriptions may quote what a client sent. */
function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
