import type { PinnedServer } from '#lib/registry';
import type { HttpRefusal } from './http-answers.ts';
import type { RpcId } from './parse-message.ts';
import type { UpstreamFailure } from './upstream-failure.ts';

/** What an agent is told where the server behind can't be reached; when to come again, where that is known. */
export function refusalOf({ id: server }: PinnedServer, failure: UpstreamFailure, id: RpcId): HttpRefusal {
  const { message, retryAfterSeconds } = failure;
  const refusal = { message: `The server '${server}' ${message}`, id };
  if (retryAfterSeconds === undefined) return { ...refusal, status: 502 };
  return { ...refusal, status: 503, headers: ['retry-after', String(retryAfterSeconds)] };
}
