import { LinkButton } from '#ui/button.tsx';
import { common } from '#ui/messages.ts';

interface PaginationProps {
  /** Where the list begins; absent on its first page. */
  readonly first?: string | undefined;
  /** Where it goes on; absent on its last page. */
  readonly next?: string | undefined;
}

/** Keyset paging: a place in a list that grows at its top, so there is a start and an onward, no numbers. */
export function Pagination({ first, next }: PaginationProps) {
  if (first === undefined && next === undefined) return null;
  return (
    <nav aria-label={common('pages')} className="mt-4 flex gap-2">
      {first !== undefined && <LinkButton href={first}>{common('newest')}</LinkButton>}
      {next !== undefined && <LinkButton href={next}>{common('older')}</LinkButton>}
    </nav>
  );
}
