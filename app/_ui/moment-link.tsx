import type { ReceiptMoment } from '#lib/runtime';
import { Time } from '#ui/time.tsx';

interface MomentLinkProps {
  readonly moment: ReceiptMoment | undefined;
  readonly canonicalUrl: string;
  /** Said where there is none. */
  readonly none: string;
}

/** When something happened, leading to the receipt of it. */
export function MomentLink({ moment, canonicalUrl, none }: MomentLinkProps) {
  if (moment === undefined) return <span className="text-muted">{none}</span>;
  return (
    <a href={`${canonicalUrl}/receipts/${moment.receipt}`} className="link">
      <Time ms={moment.at * 1000} />
    </a>
  );
}
