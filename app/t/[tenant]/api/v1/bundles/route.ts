import { bundleBody } from '#api/bundle-body.ts';
import { problemResponse, type Problem } from '#lib/edge';
import { route, runtime } from '#lib/runtime';
import { NO_RECEIPT } from '#api/receipt-problems.ts';
import { filtersOf } from '#api/receipt-query.ts';
import { download } from '#api/download.ts';

const NOTHING_FITS: Problem = {
  status: 404,
  code: 'no-receipt-fits',
  title: 'No receipt fits',
  detail: 'A bundle holds at least one receipt, and none that you may see fits these filters.',
  remedy: 'Take a filter away.',
};

const TOO_LARGE: Problem = {
  status: 413,
  code: 'bundle-too-large',
  title: 'These bodies are too much for one bundle',
  detail: 'A bundle holds 64 MiB of bodies at most.',
  remedy: 'Ask for fewer receipts at once, or for a bundle without bodies.',
};

/**
 * A bundle that verifies offline: of the receipts named, or of the newest 1,000 that fit filters (the header
 * `countersign-bundle-complete` says `false` when there are more). With bodies, each reading is receipted.
 */
export const POST = route({
  auth: 'session',
  input: {
    body: bundleBody,
  },
  output: 'response',
  handle: async ({ tenant, session, ip, input }) => {
    const visitor = { tenant, session, ip };
    const { receipts, filters, bodies } = input.body;
    if (receipts !== undefined) {
      const bundle = await runtime().console.bundle(visitor, receipts, bodies);
      if (typeof bundle !== 'object') return problemResponse(bundle === undefined ? NO_RECEIPT : TOO_LARGE);
      return answer(bundle, bundle.receipts.length, true);
    }
    const made = await runtime().console.bundleList(visitor, filtersOf(filters ?? {}), bodies);
    if (typeof made !== 'object') return problemResponse(made === undefined ? NOTHING_FITS : TOO_LARGE);
    return answer(made.bundle, made.receipts, made.complete);
  },
});

function answer(bundle: object, receipts: number, complete: boolean): Response {
  return download(JSON.stringify(bundle), `receipts-${receipts}.bundle.json`, 'application/json', {
    'countersign-bundle-receipts': String(receipts),
    'countersign-bundle-complete': String(complete),
  });
}
