import type { Configuration } from 'oidc-provider';
import { plainPage, type PlainAnswer } from '#lib/edge';
import type { TenantScope } from './tenant-scope.ts';

interface Problem {
  readonly title: string;
  readonly code?: string;
  readonly detail: string;
}

/** What a person can make of the errors that they meet without having done anything wrong. */
const WORDS: Readonly<Record<string, string>> = {
  invalid_client:
    'The agent that sent you here is not registered here, or not any more: a registration that nobody used ends after a day. Take the server out of the agent and add it again, so that it registers anew.',
  invalid_redirect_uri:
    'The agent wanted you sent back to an address that it did not register. Nobody was sent there.',
};

/** A request that can't be answered at its redirect URI is answered here, in words, and leads nowhere. */
export function renderErrorPage({
  tenant,
  addresses,
}: TenantScope): NonNullable<Configuration['renderError']> {
  return (context, out) => {
    const description = out.error_description ?? 'The agent sent a request that this server does not accept.';
    const words = WORDS[out.error];
    const page = renderProblem(tenant.displayName, addresses.https, {
      title: 'This request cannot go on',
      code: words === undefined ? out.error : `${out.error}: ${description}`,
      detail: words ?? description,
    });
    context.set(page.headers);
    context.body = page.html;
  };
}

/** A page of its own, for whoever meets it has to go back to their agent. */
export function renderProblem(tenantName: string, https: boolean, problem: Problem): PlainAnswer {
  const { title, code, detail } = problem;
  const next = `Go back to your agent and start again. If it happens again, show this page to an admin of ${tenantName}.`;
  const page = { title, organisation: tenantName, paragraphs: [detail, next] };
  return plainPage(code === undefined ? page : { ...page, code }, { https });
}
