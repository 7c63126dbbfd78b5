/** Receipts on one page of the list. */
export const RECEIPTS_PER_PAGE = 50;
export const RECEIPTS_PER_PAGE_MAX = 200;
