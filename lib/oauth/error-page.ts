import { randomBytes } from 'node:crypto';
import type { Configuration } from 'oidc-provider';
import { securityHeaders } from '#lib/edge';
import type { TenantScope } from './tenant-scope.ts';

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#f6f6f4;color:#1c1c1a}' +
  'main{max-width:34rem;margin:4rem auto;padding:2rem;background:#fff;border:1px solid #dcdcd6;border-radius:8px}' +
  'code{background:#f0f0ec;padding:.1em .3em;border-radius:3px}';

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
