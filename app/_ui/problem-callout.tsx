'use client';

import { useConsole } from '#ui/console-context.tsx';
import type { InputError, RequestProblem } from '#ui/send-json.ts';

interface ProblemCalloutProps {
  readonly problem: RequestProblem;
  /** Errors that no field shows. */
  readonly errors?: readonly InputError[];
}

/** A refusal above what was refused: what happened, what to do, and what finds the log line. Read out at once. */
export function ProblemCallout({ problem, errors = problem.errors }: ProblemCalloutProps) {
  const { canonicalUrl, words } = useConsole();
  return (
    <div role="alert" className="rounded-lg bg-bad-wash px-4 py-3 text-sm text-bad">
      <p className="font-semibold">{problem.title}</p>
      <p>{problem.detail}</p>
      {problem.remedy !== undefined && <p>{problem.remedy}</p>}
      {errors.length > 0 && (
        <ul className="mt-2 list-disc pl-5">
          {errors.map(({ path, message, line, column }) => (
            <li key={`${path} ${line}:${column} ${message}`}>
              {line !== undefined && `${line}:${column ?? 1} `}
              {path !== '' && <code className="font-mono text-xs">{path} </code>}
              {message}
            </li>
          ))}
        </ul>
      )}
      {problem.status === 401 && (
        <p className="mt-2">
          <a
            href={`${canonicalUrl}/sso/start?return_to=/connections`}
            target="_blank"
            rel="noopener"
            className="underline"
          >
            {words.signIn}
          </a>
        </p>
      )}
      {problem.status === 412 && (
        <p className="mt-2">
          <button type="button" className="underline" onClick={() => location.reload()}>
            {words.reload}
          </button>
        </p>
      )}
      {problem.reference !== undefined && (
        <p className="mt-2 text-xs">
          {words.reference} <code className="font-mono">{problem.reference}</code>
        </p>
      )}
    </div>
  );
}
