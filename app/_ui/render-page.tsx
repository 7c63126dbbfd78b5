import { headers } from 'next/headers.js';
import { notFound, redirect } from 'next/navigation.js';
import type { ReactNode } from 'react';
import { parseTenantSlug } from '#lib/core';
import type { Problem } from '#lib/edge';
import type { PageLoader, PageOutcome, Scope } from '#lib/http';
import { runtime } from '#lib/runtime';
import { Hosted } from '#ui/hosted.tsx';
import { hosted } from '#ui/messages.ts';

interface NextPageProps {
  readonly params: Promise<Record<string, string | string[] | undefined>>;
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
}

type Loaded<Data, S extends Scope> = Extract<PageOutcome<Data, S>, { outcome: 'data' }>;

/** A Next page from a loader and what to show: redirects, missing things and refusals are the same everywhere. */
export function renderPage<Data, S extends Scope>(
  load: PageLoader<Data, S>,
  show: (loaded: Loaded<Data, S>) => ReactNode,
): (props: NextPageProps) => Promise<ReactNode> {
  return async function Page({ params, searchParams }) {
    const outcome = await load({ headers: await headers(), params, searchParams });
    switch (outcome.outcome) {
      case 'redirect':
        redirect(outcome.to);
        break;
      case 'not-found':
        notFound();
        break;
      case 'problem':
        return <ProblemPage problem={outcome.problem} {...homeOf((await params)['tenant'])} />;
      case 'data':
        return show(outcome);
    }
  };
}

/** A refusal in words: what happened, how to mend it, and the reference that finds the log line. */
export function ProblemPage({ problem, home }: { readonly problem: Problem; readonly home?: string }) {
  return (
    <Hosted title={problem.title}>
      <p className="text-sm">{problem.detail}</p>
      {problem.remedy !== undefined && <p className="mt-3 text-sm text-muted">{problem.remedy}</p>}
      {home !== undefined && (
        <p className="mt-5 text-sm">
          <a href={`${home}/connections`} className="link">
            {hosted('problem.back')}
          </a>
        </p>
      )}
      {problem.reference !== undefined && (
        <p className="mt-6 text-xs text-muted">
          {hosted('problem.reference')} <code className="font-mono">{problem.reference}</code>
        </p>
      )}
    </Hosted>
  );
}

/** Where somebody who may not be on this page can go on: their own tenant's console, if the page is of one. */
function homeOf(tenant: string | string[] | undefined): { home?: string } {
  const slug = parseTenantSlug(typeof tenant === 'string' ? tenant : '');
  return slug.ok ? { home: runtime().addresses.canonicalUrl(slug.value) } : {};
}
