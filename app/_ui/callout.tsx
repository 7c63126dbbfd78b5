import type { ReactNode } from 'react';

const TONES = {
  note: 'border-line bg-surface text-ink',
  good: 'border-transparent bg-good-wash text-good',
  warn: 'border-transparent bg-warn-wash text-warn',
  bad: 'border-transparent bg-bad-wash text-bad',
} as const;

interface CalloutProps {
  readonly tone?: keyof typeof TONES;
  readonly title?: string;
  /** `status` is read out when it comes up, `alert` at once; text that was there from the start needs neither. */
  readonly live?: 'status' | 'alert';
  readonly id?: string;
  readonly children?: ReactNode;
}

/** Something to know before going on. */
export function Callout({ tone = 'note', title, live, id, children }: CalloutProps) {
  return (
    <div role={live} id={id} className={`rounded-lg border px-4 py-3 text-sm ${TONES[tone]}`}>
      {title !== undefined && <p className="font-semibold">{title}</p>}
      {children}
    </div>
  );
}
