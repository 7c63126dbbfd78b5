'use client';

import { type ReactNode, useRef } from 'react';

export interface PlacedProblem {
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

interface CedarAreaProps {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly readOnly: boolean;
  readonly problems: readonly PlacedProblem[];
  /** `Problems`, and what a line and a column are called. */
  readonly words: { readonly problems: string; readonly line: string; readonly column: string };
}

/** Both layers have to break their lines at the very same places. */
const TEXT =
  '[grid-area:1/1] py-2 pr-3 pl-12 font-mono text-[0.8125rem] leading-6 whitespace-pre-wrap [overflow-wrap:anywhere] [tab-size:2]';

/**
 * A text field for Cedar: a plain textarea, so that keyboards, screen readers and phones know how to write in it, over a
 * layer that draws line numbers and underlines. It grows with its text, so nothing scrolls inside of it.
 */
export function CedarArea({ id, label, value, onChange, readOnly, problems, words }: CedarAreaProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const layer = useRef<HTMLDivElement>(null);
  const lines = value.split('\n');
  const goTo = ({ line, column }: PlacedProblem) => {
    const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
    area.current?.focus({ preventScroll: true });
    area.current?.setSelectionRange(start, start + markedLength(lines[line - 1] ?? '', column));
    layer.current?.children[line - 1]?.scrollIntoView({ block: 'center' });
  };
  return (
    <div>
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <div className="mt-1.5 grid rounded-md border border-control bg-surface focus-within:border-accent focus-within:outline-2 focus-within:outline-accent">
        <div ref={layer} aria-hidden="true" className={`min-h-44 text-transparent select-none ${TEXT}`}>
          {lines.map((text, index) => {
            const here = problems.filter(({ line }) => line === index + 1);
            return (
              // oxlint-disable-next-line react/no-array-index-key -- a line is its number
              <div key={index} className="relative min-h-6">
                <span
                  className={`absolute -left-12 w-9 rounded-sm pr-1 text-right ${here.length > 0 ? 'bg-bad-wash font-semibold text-bad' : 'text-muted'}`}
                >
                  {index + 1}
                </span>
                {underline(text, here)}
              </div>
            );
          })}
        </div>
        <textarea
          ref={area}
          id={id}
          className={`resize-none overflow-hidden bg-transparent outline-none read-only:text-muted ${TEXT}`}
          value={value}
          readOnly={readOnly}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          autoCorrect="off"
          aria-invalid={problems.length > 0}
          aria-describedby={`${id}-problems`}
          onChange={(event) => onChange(event.target.value)}
        />
      </div>
      <div id={`${id}-problems`}>
        {problems.length > 0 && (
          <ul aria-label={words.problems} className="mt-2 flex flex-col gap-1 text-sm text-bad">
            {problems.map((problem) => (
              <li key={`${problem.line}:${problem.column} ${problem.message}`}>
                <button
                  type="button"
                  className="rounded-sm text-left break-words hover:underline"
                  onClick={() => goTo(problem)}
                >
                  <span className="font-semibold">
                    {words.line} {problem.line}, {words.column} {problem.column}:
                  </span>{' '}
                  {problem.message}
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}

/** To the end of the word that stands there; at the end of a line, nothing. */
function markedLength(text: string, column: number): number {
  return /^(?:"[^"]*"|[\w:]+|\S)/.exec(text.slice(column - 1))?.[0].length ?? 0;
}

function underline(text: string, problems: readonly PlacedProblem[]): ReactNode {
  const [first] = problems.toSorted((one, other) => one.column - other.column);
  if (first === undefined) return text;
  const start = first.column - 1;
  const end = start + Math.max(1, markedLength(text, first.column));
  return (
    <>
      {text.slice(0, start)}
      <span className="underline decoration-bad decoration-wavy decoration-2 underline-offset-4">
        {text.slice(start, end) || ' '}
      </span>
      {text.slice(end)}
    </>
  );
}
