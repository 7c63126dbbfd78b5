import type { ReactNode } from 'react';
import { Code, CsrfField, EffectBadge, Facts, SubmitButton } from '#ui/parts.tsx';
import { outcome, type Rows, what, who, why } from '#ui/receipt-facts.tsx';
import type { ReceiptViewProps } from '#ui/receipt-view.ts';
import { KIND_LABELS, statusWords } from '#ui/receipt-words.ts';
import { Time } from '#ui/time.tsx';

/** What a receipt is called: its kind, and the tool where there is one. */
export function titleOf({ kind, tool }: ReceiptViewProps['row']): string {
  const label = KIND_LABELS[kind] ?? kind;
  return tool === undefined ? label : `${label}: ${tool}`;
}

/** A receipt told in order: who, what, why, with what outcome, and where it stands in the log. */
export function ReceiptStory({
  view,
  address,
  csrfToken,
}: {
  readonly view: ReceiptViewProps;
  readonly address: string;
  readonly csrfToken: string;
}) {
  const { row } = view;
  return (
    <article>
      <h1 className="text-2xl font-semibold break-words">{titleOf(row)}</h1>
      <p className="mt-1 flex flex-wrap items-center gap-3 text-sm text-muted">
        <Time ms={row.at * 1000} />
        {row.effect !== undefined && <EffectBadge effect={row.effect} />}
        <Code>{row.id}</Code>
      </p>
      {!view.opened && row.subject !== undefined && (
        <p className="mt-4 rounded bg-warn-wash px-3 py-2 text-sm text-warn">
          The person of this receipt was erased. What was about them can no longer be opened by anyone; the
          signature and the place in the log still hold.
        </p>
      )}
      <div className="mt-6 flex flex-col gap-6">
        <Section title="Who" rows={who(view)} />
        <Section title="What" rows={what(view, address)} />
        {row.effect !== undefined && <Section title="Why" rows={why(view)} />}
        <Outcome view={view} />
        {view.bodies.length > 0 && <Bodies view={view} address={address} csrfToken={csrfToken} />}
        <Place view={view} />
      </div>
    </article>
  );
}

function Section({
  title,
  rows = [],
  children,
}: {
  readonly title: string;
  readonly rows?: Rows;
  readonly children?: ReactNode;
}) {
  if (rows.length === 0 && children === undefined) return null;
  return (
    <section className="rounded-lg border border-line bg-surface p-5">
      <h2 className="mb-3 font-semibold">{title}</h2>
      {rows.length > 0 && <Facts rows={rows} />}
      {children}
    </section>
  );
}

function Outcome({ view }: { readonly view: ReceiptViewProps }) {
  const { kind, status } = view.row;
  if (kind === 'attempt') {
    return (
      <Section title="Outcome">
        <p className="max-w-prose text-sm">
          An attempt is in the log before anything is sent. What came of it stands in a receipt of its own,
          which names this one.
        </p>
      </Section>
    );
  }
  if (status === undefined) return null;
  return <Section title="Outcome" rows={[['Status', statusWords(kind, status)], ...outcome(view)]} />;
}

function Bodies({
  view: { row, bodies },
  address,
  csrfToken,
}: {
  readonly view: ReceiptViewProps;
  readonly address: string;
  readonly csrfToken: string;
}) {
  const elsewhere = row.attempt !== undefined && !bodies.includes('arguments');
  return (
    <Section title="Bodies">
      <p className="mb-3 max-w-prose text-sm">
        Archived and sealed: {bodies.join(', ')}
        {elsewhere && ' (the arguments are with the attempt)'}. Opening them is an act of its own and leaves a
        receipt that names you.
      </p>
      <form action={`${address}/bodies`} method="post">
        <CsrfField token={csrfToken} />
        <SubmitButton tone="plain">Open the bodies</SubmitButton>
      </form>
    </Section>
  );
}

function Place({ view: { row, payload, proof, sdJwt } }: { readonly view: ReceiptViewProps }) {
  return (
    <Section
      title="Place in the log"
      rows={[
        ['Log', <Code key="log">{row.log}</Code>],
        ['Entry', String(row.index)],
        ['Signed by', sdJwt === undefined ? 'every checkpoint of the log that covers it' : 'the receipt key'],
      ]}
    >
      <Evidence
        title="What every holder can read (the payload as signed)"
        text={JSON.stringify(payload, null, 2)}
      />
      <Evidence title="Proof of inclusion (C2SP tlog-proof)" text={proof} />
      <Evidence title="Signed receipt with what it discloses to you (SD-JWT)" text={sdJwt} />
    </Section>
  );
}

function Evidence({ title, text }: { readonly title: string; readonly text: string | undefined }) {
  if (text === undefined) return null;
  return (
    <details className="mt-3 text-sm">
      <summary className="cursor-pointer py-1">{title}</summary>
      <pre
        className="mt-2 max-h-80 overflow-auto rounded bg-sunken p-3 text-xs break-all whitespace-pre-wrap"
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard (WCAG 2.1.1)
        tabIndex={0}
      >
        {text}
      </pre>
    </details>
  );
}
