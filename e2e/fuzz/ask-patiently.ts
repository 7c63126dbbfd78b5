/** What a busy machine does to a request that nothing is wrong with: it is made anew, as its agent is told to. */
import { setTimeout } from 'node:timers/promises';
import { exchange, type RawResponse } from './raw-exchange.ts';
import type { RawRequest } from './raw-request.ts';

/** Beyond it no machine is the reason. */
export const TRIES_MAX = 5;

export interface Patience {
  readonly port: number;
  onResponse(response: RawResponse): void;
  /** The log was slow to write, and the request will be made anew. */
  onPostponed(): void;
}

/** The last answer: any but one that says to try again, unless there is nothing else to be had. */
export async function askPatiently(patience: Patience, request: RawRequest): Promise<RawResponse> {
  for (let tries = 1; ; tries += 1) {
    const response = await exchange(patience.port, request);
    patience.onResponse(response);
    const seconds = postponedFor(response);
    const isAgain = seconds !== undefined || (request.must?.kind === 'pass' && isLate(response));
    if (!isAgain || tries === TRIES_MAX) return response;
    if (seconds !== undefined) {
      patience.onPostponed();
      await setTimeout(seconds * 1_000);
    }
  }
}

/** The upstream, which runs in this process, was not given its second in time to answer. */
export function isLate({ body }: RawResponse): boolean {
  return body.includes('did not answer within');
}

/** A log that is not written in time lets nothing through (lib/gateway/settle-act.ts). */
function postponedFor({ status, headers, body }: RawResponse): number | undefined {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  const isPostponed = status === 503 && body.includes('The receipt log can not be reached, so nothing');
  return isPostponed && seconds > 0 ? seconds : undefined;
}
