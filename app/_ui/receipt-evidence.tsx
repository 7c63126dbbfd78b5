import { CodeBlock } from '#ui/code.tsx';
import { CopyButton } from '#ui/copy-button.tsx';
import { EvidenceTabs } from '#ui/evidence-tabs.tsx';
import { receipts } from '#ui/messages.ts';
import type { ReceiptViewProps } from '#ui/receipt-view.ts';

/** The receipt as it is signed, disclosed and proven, to look at and to copy. */
export function ReceiptEvidence({ view }: { readonly view: ReceiptViewProps }) {
  const { payload, disclosures, sdJwt, proof } = view;
  const opened = disclosures.map((each) => `${each}\n  ${decode(each)}`).join('\n');
  const pieces = [
    { id: 'payload', text: JSON.stringify(payload, null, 2), hint: 'story.payloadHint' },
    { id: 'disclosures', text: opened, hint: 'story.disclosuresHint' },
    { id: 'sdJwt', text: sdJwt ?? '', hint: sdJwt === undefined ? 'story.unsigned' : 'story.sdJwtHint' },
    { id: 'proof', text: proof ?? '', hint: 'story.proofHint' },
  ] as const;
  return (
    <EvidenceTabs
      label={receipts('story.evidence')}
      summary={receipts('story.evidenceShow')}
      pieces={pieces.map(({ id, text, hint }) => ({
        id,
        label: receipts(`story.tab.${id}`),
        content: <Piece title={receipts(`story.tab.${id}`)} hint={receipts(hint)} text={text} />,
      }))}
    />
  );
}

function Piece({
  title,
  hint,
  text,
}: {
  readonly title: string;
  readonly hint: string;
  readonly text: string;
}) {
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-start justify-between gap-3">
        <p className="max-w-prose text-sm text-muted">{hint}</p>
        {text !== '' && (
          <CopyButton text={text} label={receipts('story.copy')} done={receipts('story.copied')} />
        )}
      </div>
      {text !== '' && (
        <CodeBlock label={title} wrap>
          {text}
        </CodeBlock>
      )}
    </div>
  );
}

/** Canonical JSON writes no control character but as an escape; direction characters are made visible here. */
function decode(disclosure: string): string {
  const text = Buffer.from(disclosure, 'base64url').toString('utf8');
  return text.replaceAll(
    /\p{Cf}/gu,
    (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
