import { LinkButton } from '#ui/button.tsx';
import { common } from '#ui/messages.ts';

interface PaginationProps {
  /** Where the list begins; absent on its first page. */
  readonly newest?: string | undefined;
  /** One page towards the beginning, where a list can go back. */
  readonly newer?: string | undefined;
  /** Where it goes on; absent on its last page. */
  readonly older?: string | undefined;
}

/** Keyset paging: a place in a list that grows at its top, so there is a start and an onward, no numbers. */
export function Pagination({ newest, newer, older }: PaginationProps) {
  if (newest === undefined && newer === undefined && older === undefined) return null;
  return (
    <nav aria-label={common('pages')} className="mt-4 flex flex-wrap gap-2">
      {newest !== undefined && <LinkButton href={newest}>{common('newest')}</LinkButton>}
      {newer !== undefined && <LinkButton href={newer}>{common('newer')}</LinkButton>}
      {older !== undefined && <LinkButton href={older}>{common('older')}</LinkButton>}
    </nav>
  );
}
