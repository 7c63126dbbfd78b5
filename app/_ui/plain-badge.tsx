import type { ReactNode } from 'react';

export type BadgeTone = 'neutral' | 'good' | 'bad' | 'warn' | 'accent';

const TONES: Record<BadgeTone, string> = {
  neutral: 'bg-sunken text-muted',
  good: 'bg-good-wash text-good',
  bad: 'bg-bad-wash text-bad',
  warn: 'bg-warn-wash text-warn',
  accent: 'bg-accent-wash text-accent',
};

/** A state in one word. Colour never says it alone: the word does, and a sign where there is one. */
export function Badge({
  tone = 'neutral',
  sign,
  children,
}: {
  readonly tone?: BadgeTone;
  readonly sign?: string;
  readonly children: ReactNode;
}) {
  return (
    <span
      className={`inline-flex items-center gap-1 rounded-md px-1.5 py-0.5 text-xs font-medium whitespace-nowrap ${TONES[tone]}`}
    >
      {sign !== undefined && <span aria-hidden="true">{sign}</span>}
      {children}
    </span>
  );
}
