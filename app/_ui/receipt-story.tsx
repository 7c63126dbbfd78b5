import type { ReactNode } from 'react';
import { SubmitButton } from '#ui/button.tsx';
import { Callout } from '#ui/callout.tsx';
import { Card } from '#ui/card.tsx';
import { Code, CodeBlock } from '#ui/code.tsx';
import { CsrfField } from '#ui/csrf-field.tsx';
import { Facts } from '#ui/facts.tsx';
import { outcome, type Rows, what, who, why } from '#ui/receipt-facts.tsx';
import type { ReceiptViewProps } from '#ui/receipt-view.ts';
import { KIND_LABELS, statusWords } from '#ui/receipt-words.ts';

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
      {!view.opened && row.subject !== undefined && (
        <Callout tone="warn">
          The person of this receipt was erased. What was about them can no longer be opened by anyone; the
          signature and the place in the log still hold.
        </Callout>
      )}
      <div className="flex flex-col gap-5">
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
    <Card title={title}>
      {rows.length > 0 && <Facts rows={rows} />}
      {children}
    </Card>
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
      <div className="mt-2">
        <CodeBlock label={title} wrap>
          {text}
        </CodeBlock>
      </div>
    </details>
  );
}
