import type { ReactNode } from 'react';
import { CSRF_FIELD } from '#lib/http';

/** A button that submits its form. Target size is above the 24 px of WCAG 2.5.8. */
export function SubmitButton({
  children,
  tone = 'primary',
  name,
  value,
  unchecked = false,
}: {
  readonly children: ReactNode;
  readonly tone?: 'primary' | 'plain' | 'danger';
  readonly name?: string;
  readonly value?: string;
  /** Submits whatever the form's fields say: to refuse, nothing has to be filled in. */
  readonly unchecked?: boolean;
}) {
  const tones = {
    primary: 'bg-accent text-accent-ink hover:opacity-90',
    plain: 'border border-control bg-surface text-ink hover:bg-sunken',
    danger: 'border border-bad bg-surface text-bad hover:bg-bad-wash',
  };
  return (
    <button
      type="submit"
      formNoValidate={unchecked}
      {...(name === undefined ? {} : { name, value })}
      className={`min-h-9 cursor-pointer rounded px-4 py-1.5 text-sm font-medium ${tones[tone]}`}
    >
      {children}
    </button>
  );
}

/** The token that shows a form was made by us for this session. */
export function CsrfField({ token }: { readonly token: string }) {
  return <input type="hidden" name={CSRF_FIELD} value={token} />;
}

/** What to read when there is nothing to list: one sentence, one next step. */
export function EmptyState({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <div className="rounded-lg border border-dashed border-control px-6 py-12 text-center">
      <h2 className="font-semibold">{title}</h2>
      <div className="mt-2 text-sm text-muted">{children}</div>
    </div>
  );
}

const EFFECTS = {
  allow: { label: 'Allowed', sign: '✓', tone: 'bg-good-wash text-good' },
  deny: { label: 'Denied', sign: '✕', tone: 'bg-bad-wash text-bad' },
  hold: { label: 'Held', sign: '…', tone: 'bg-warn-wash text-warn' },
} as const;

/** The decision, in word and sign as well as colour. */
export function EffectBadge({ effect }: { readonly effect: keyof typeof EFFECTS }) {
  const { label, sign, tone } = EFFECTS[effect];
  return (
    <span className={`inline-flex items-center gap-1 rounded px-2 py-0.5 text-xs font-medium ${tone}`}>
      <span aria-hidden="true">{sign}</span>
      {label}
    </span>
  );
}

/** A list of facts: term and value side by side, stacked on a phone. */
export function Facts({ rows }: { readonly rows: readonly (readonly [term: string, value: ReactNode])[] }) {
  return (
    <dl className="grid grid-cols-1 gap-x-6 gap-y-1 text-sm sm:grid-cols-[10rem_1fr] sm:gap-y-2">
      {rows.map(([term, value], index) => (
        <div key={`${index} ${term}`} className="contents">
          <dt className="text-muted">{term}</dt>
          <dd className="mb-2 min-w-0 break-words sm:mb-0">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Text that is compared or copied rather than read. */
export function Code({ children }: { readonly children: ReactNode }) {
  return <code className="font-mono text-[0.8125rem] break-all">{children}</code>;
}
