import { receipts, receiptWords } from '#ui/messages.ts';
import { BundleDownload } from '#ui/bundle-download.tsx';
import type { ReceiptViewProps } from '#ui/receipt-view.ts';

/** Files to take away. What holds no bodies is a plain link; bodies are a reading, so that one is a request of its own. */
export function ReceiptDownloads({
  view: { row, pair, sdJwt },
  canonicalUrl,
}: {
  readonly view: ReceiptViewProps;
  readonly canonicalUrl: string;
}) {
  const api = `${canonicalUrl}/api/v1/receipts/${row.id}`;
  return (
    <div className="flex flex-col gap-4">
      <ul className="flex flex-col gap-1 text-sm">
        <File href={`${api}/bundle`} label={receipts('story.download.bundle')} />
        <File href={`${api}/proof`} label={receipts('story.download.proof')} />
        {sdJwt !== undefined && <File href={`${api}/sd-jwt`} label={receipts('story.download.sdJwt')} />}
        <File
          href={`${canonicalUrl}/log/trust.json`}
          label={receipts('story.download.trust')}
          name="trust.json"
        />
      </ul>
      <BundleDownload
        body={{ receipts: [row.id, ...(pair === undefined ? [] : [pair.summary.id])], bodies: true }}
        name={`${row.id}.bundle.json`}
        button={receipts('story.download.bundleBodies')}
        words={receiptWords.export}
      />
    </div>
  );
}

function File({
  href,
  label,
  name,
}: {
  readonly href: string;
  readonly label: string;
  readonly name?: string;
}) {
  return (
    <li>
      <a className="link inline-block py-0.5" href={href} download={name ?? true}>
        {label}
      </a>
    </li>
  );
}
