import type { ReactNode } from 'react';
import { BodiesPanel } from '#ui/bodies-panel.tsx';
import { Callout } from '#ui/callout.tsx';
import { Card } from '#ui/card.tsx';
import { CodeBlock } from '#ui/code.tsx';
import { CsrfField } from '#ui/csrf-field.tsx';
import { type FactRow, Facts } from '#ui/facts.tsx';
import { receipts, receiptWords } from '#ui/messages.ts';
import { ReceiptDownloads } from '#ui/receipt-downloads.tsx';
import { ReceiptEvidence } from '#ui/receipt-evidence.tsx';
import { how, outcome, place, what, who, why } from '#ui/receipt-facts.tsx';
import type { ReceiptViewProps } from '#ui/receipt-view.ts';
import { KIND_LABELS, nameReceipt } from '#ui/receipt-words.ts';
import { ReceiptVerifier } from '#ui/verify/receipt-verifier.tsx';
import { visibleText } from '#ui/visible-text.ts';

/** What a receipt is called: its kind, and the tool or the act where there is one. */
export function titleOf(row: ReceiptViewProps['row']): string {
  const label = KIND_LABELS[row.kind] ?? row.kind;
  const name = nameReceipt(row);
  return name === label ? label : `${label}: ${name}`;
}

interface ReceiptStoryProps {
  readonly view: ReceiptViewProps;
  readonly canonicalUrl: string;
  readonly csrfToken: string | undefined;
}

/** A receipt told in order: who, what, why, how, with what outcome, and where it stands in the log; then its evidence. */
export function ReceiptStory({ view, canonicalUrl, csrfToken }: ReceiptStoryProps) {
  const address = `${canonicalUrl}/receipts`;
  const { row } = view;
  const hasBodies = view.bodies.length > 0 || (view.pair?.bodies.length ?? 0) > 0;
  return (
    <article className="grid items-start gap-5 xl:grid-cols-[minmax(0,1fr)_26rem]">
      <div className="flex min-w-0 flex-col gap-5">
        {!view.opened && row.subject !== undefined && (
          <Callout tone="warn">{receipts('story.erased')}</Callout>
        )}
        <Section title={receipts('story.who')} rows={who(view)} />
        <Section title={receipts('story.what')} rows={what(view, address)} />
        {row.effect !== undefined && (
          <Section title={receipts('story.why')} rows={why(view)}>
            <PolicyTexts view={view} canonicalUrl={canonicalUrl} />
          </Section>
        )}
        <Section title={receipts('story.how')} rows={how(view, address)} />
        <Section title={receipts('story.outcome')} rows={outcome(view)}>
          {row.kind === 'attempt' && (
            <p className="mt-3 max-w-prose text-sm">
              {receipts(view.pair === undefined ? 'story.pending' : 'story.attempt')}
            </p>
          )}
        </Section>
        {hasBodies && (
          <Card title={receipts('bodies.title')} description={receipts('bodies.hint')}>
            <BodiesPanel action={`${address}/${row.id}/bodies`} receipt={row.id} words={receiptWords.bodies}>
              <CsrfField token={csrfToken} />
            </BodiesPanel>
          </Card>
        )}
        <Section title={receipts('story.place')} rows={place(view, address)}>
          <Undisclosed view={view} />
        </Section>
      </div>
      <div className="flex min-w-0 flex-col gap-5">
        <Card title={receipts('verify.title')} description={receipts('verify.hint')}>
          <ReceiptVerifier receipt={row.id} words={receiptWords.verify} />
        </Card>
        <Card title={receipts('story.downloads')} description={receipts('story.download.hint')}>
          <ReceiptDownloads view={view} canonicalUrl={canonicalUrl} />
        </Card>
      </div>
      <div className="min-w-0 xl:col-span-2">
        <Card title={receipts('story.evidence')}>
          <ReceiptEvidence view={view} />
        </Card>
      </div>
    </article>
  );
}

interface SectionProps {
  readonly title: string;
  readonly rows: readonly FactRow[];
  readonly children?: ReactNode;
}

function Section({ title, rows, children }: SectionProps) {
  if (rows.length === 0 && !children) return null;
  return (
    <Card title={title}>
      {rows.length > 0 && <Facts rows={rows} />}
      {children}
    </Card>
  );
}

/** The deciding policies as they read then, which may not be how they read now. */
function PolicyTexts({
  view: { policies },
  canonicalUrl,
}: {
  readonly view: ReceiptViewProps;
  readonly canonicalUrl: string;
}) {
  if (policies === undefined) return null;
  const { version, texts } = policies;
  return (
    <details className="mt-3 text-sm">
      <summary className="py-1 font-medium">{receipts('story.policyText', { version })}</summary>
      <div className="mt-2 flex flex-col gap-3">
        {Object.entries(texts).map(([id, text]) => (
          <div key={id}>
            <p className="mb-1 font-mono text-xs text-muted">{visibleText(id)}</p>
            <CodeBlock label={id} wrap>
              {visibleText(text)}
            </CodeBlock>
          </div>
        ))}
        <a className="link" href={`${canonicalUrl}/policies/versions/${version}`}>
          {receipts('story.policyPage', { version })}
        </a>
      </div>
    </details>
  );
}

function Undisclosed({ view: { undisclosed, opened, row } }: { readonly view: ReceiptViewProps }) {
  if (undisclosed === 0) return null;
  const isErased = !opened && row.subject !== undefined;
  return (
    <p className="mt-3 max-w-prose text-sm text-muted">
      {receipts(isErased ? 'story.undisclosedErased' : 'story.undisclosedOpen', { count: undisclosed })}
    </p>
  );
}
