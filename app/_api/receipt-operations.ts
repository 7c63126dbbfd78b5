import { z } from 'zod';
import { receiptQuery } from './receipt-query.ts';
import { bundleBody } from './bundle-body.ts';
import type { Operation } from './types.ts';

const TAG = 'Receipts';
const receipt = z.looseObject({ id: z.string() });
const ACT = 'An act: its `read` receipt is in the log before the answer.';

function partOf(part: string, summary: string, contentType: string): Operation {
  return {
    method: 'get',
    path: `/receipts/{id}/${part}`,
    tag: TAG,
    summary,
    auth: 'session',
    answer: { status: 200, description: 'As a download.', contentType, schema: z.string() },
    problems: [404],
  };
}

/** Reading receipts: auditors and admins see all, everybody else their own. */
export const RECEIPT_OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/receipts',
    tag: TAG,
    summary: 'Search receipts',
    description:
      'Newest first. `next` goes into `after` (older), `previous` into `before` (newer). `act` names what an administration, a sign-in, a consent or a token did.',
    auth: 'session',
    query: receiptQuery,
    answer: {
      status: 200,
      description: 'One page.',
      schema: z.object({
        receipts: z.array(receipt),
        next: z.string().optional(),
        previous: z.string().optional(),
      }),
    },
  },
  {
    method: 'get',
    path: '/receipts/{id}',
    tag: TAG,
    summary: 'Read a receipt',
    description: 'Its payload, what it discloses to this reader, its SD-JWT and its proof. No bodies.',
    auth: 'session',
    answer: { status: 200, description: 'The receipt.', schema: z.looseObject({}) },
    problems: [404],
  },
  partOf('proof', 'A receipt’s place in the log, as a C2SP tlog-proof', 'text/plain'),
  partOf('sd-jwt', 'A receipt as signed, with its disclosures (RFC 9901)', 'application/sd-jwt'),
  {
    ...partOf('bundle', 'A call’s receipts as a bundle that verifies offline', 'application/json'),
    answer: { status: 200, description: 'The bundle.', schema: z.looseObject({}) },
  },
  {
    method: 'post',
    path: '/receipts/{id}/bodies',
    tag: TAG,
    summary: 'Open the archived arguments and result of a call',
    description: ACT,
    auth: 'session',
    answer: { status: 200, description: 'As archived.', schema: z.looseObject({}) },
    problems: [404],
  },
  {
    method: 'post',
    path: '/bundles',
    tag: TAG,
    summary: 'A bundle of receipts that verifies offline',
    description: `With bodies: ${ACT}`,
    auth: 'session',
    body: bundleBody,
    answer: { status: 200, description: 'The bundle.', schema: z.looseObject({}) },
    problems: [404, 413],
  },
];
