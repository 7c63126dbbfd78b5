/** Receipts on one page of the list. */
export const RECEIPTS_PER_PAGE = 50;
export const RECEIPTS_PER_PAGE_MAX = 200;
/** Receipts in the bundle of a list: lib/receipts makes none with more. */
export const LIST_BUNDLE_RECEIPTS_MAX = 1_000;
/** Known people offered to choose from; others are found by their reference. */
export const PEOPLE_CHOICES_MAX = 500;
/** People on one page of the list: each is opened with a key of their own. */
export const PEOPLE_PER_PAGE = 50;
export const PEOPLE_PER_PAGE_MAX = 100;
/** Questions about policies that wait while another one of the same tenant is answered. */
export const QUESTIONS_WAITING_MAX = 8;
