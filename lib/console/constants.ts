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
/** Characters of a name in a hypothetical request, and of a URI. */
export const NAME_CHARS_MAX = 256;
export const TEXT_CHARS_MAX = 4_096;
export const GROUPS_MAX = 1_000;
/** Cases in one file of policy tests. */
export const TEST_CASES_MAX = 2_000;
/** Questions about policies that wait while another one of the same tenant is answered. */
export const QUESTIONS_WAITING_MAX = 8;
