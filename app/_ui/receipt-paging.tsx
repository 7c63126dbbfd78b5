import { LinkButton } from '#ui/button.tsx';
import { common, receipts } from '#ui/messages.ts';

interface ReceiptPagingProps {
  readonly newest: string | undefined;
  readonly newer: string | undefined;
  readonly older: string | undefined;
}

/** Keyset paging in both directions, through a list that grows at its top. */
export function ReceiptPaging({ newest, newer, older }: ReceiptPagingProps) {
  if (newer === undefined && older === undefined) return null;
  return (
    <nav aria-label={common('pages')} className="mt-4 flex flex-wrap gap-2">
      {newest !== undefined && <LinkButton href={newest}>{common('newest')}</LinkButton>}
      {newer !== undefined && <LinkButton href={newer}>{receipts('paging.newer')}</LinkButton>}
      {older !== undefined && <LinkButton href={older}>{common('older')}</LinkButton>}
    </nav>
  );
}
