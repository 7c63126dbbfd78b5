'use client';

import { useEffect, useRef } from 'react';
import words from '#ui/messages/en/failure.json' with { type: 'json' };

interface FailureProps {
  /** Next's own name for what was thrown; the log line of the server has it too. */
  readonly digest: string | undefined;
  readonly retry: () => void;
}

/** What stands where a page would be that could not be drawn. Takes the focus, which the lost page had. */
export function Failure({ digest, retry }: FailureProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-xl flex-col px-4 py-8 sm:py-14">
      <title>{`${words.title} · Countersign`}</title>
      <section className="rounded-xl border border-line bg-surface p-5 sm:p-7">
        <h1 ref={heading} tabIndex={-1} className="mb-4 text-xl font-semibold tracking-tight outline-none">
          {words.title}
        </h1>
        <p className="text-sm text-muted">{words.detail}</p>
        <button
          type="button"
          onClick={retry}
          className="mt-5 min-h-9 rounded-md border border-control px-3.5 py-1.5 text-sm font-medium hover:bg-sunken"
        >
          {words.retry}
        </button>
        {digest !== undefined && (
          <p className="mt-6 text-xs text-muted">
            {words.reference} <code className="font-mono">{digest}</code>
          </p>
        )}
      </section>
    </main>
  );
}
