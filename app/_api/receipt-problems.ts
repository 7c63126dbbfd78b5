import type { Problem } from '#lib/edge';

/** The same words whether a receipt is somebody else's or does not exist. */
export const NO_RECEIPT: Problem = {
  status: 404,
  code: 'no-such-receipt',
  title: 'There is no such receipt for you',
  detail: 'No receipt of this id exists, or it is not yours to see.',
  remedy: 'Check the id; auditors and admins see the receipts of everybody.',
};
