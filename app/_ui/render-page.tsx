import { headers } from 'next/headers.js';
import { notFound, redirect } from 'next/navigation.js';
import type { ReactNode } from 'react';
import type { Problem } from '#lib/edge';
import type { PageLoader, PageOutcome, Scope } from '#lib/http';
import { Hosted } from '#ui/hosted.tsx';

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
        return <ProblemPage problem={outcome.problem} />;
      case 'data':
        return show(outcome);
    }
  };
}

/** A refusal in words: what happened, how to mend it, and the reference that finds the log line. */
export function ProblemPage({ problem }: { readonly problem: Problem }) {
  return (
    <Hosted title={problem.title}>
      <p className="text-sm">{problem.detail}</p>
      {problem.remedy !== undefined && <p className="mt-3 text-sm text-muted">{problem.remedy}</p>}
      {problem.reference !== undefined && (
        <p className="mt-6 text-xs text-muted">
          Reference <code className="font-mono">{problem.reference}</code>
        </p>
      )}
    </Hosted>
  );
}
