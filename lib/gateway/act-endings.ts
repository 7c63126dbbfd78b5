import { isJsonObject } from '#lib/core';
import type { PinnedServer } from '#lib/registry';
import { MISSING_CLIENT_CAPABILITY } from './era.ts';
import type { Ending } from './settle-act.ts';
import { statusOf, type UpstreamFailure } from './upstream-failure.ts';

/** An error of the stateless era by which a server refused what was sent. */
export type EraError = NonNullable<UpstreamFailure['eraError']>;

/** An act whose answer can't be used. */
export function failed({ id }: Pick<PinnedServer, 'id'>, failure: UpstreamFailure): Ending {
  const { eraError } = failure;
  const told = { status: statusOf(failure), message: `The server '${id}' ${failure.message}` };
  return eraError === undefined ? told : { ...told, eraError };
}

/** What a client of the stateless era has to offer before it asks again: the one error of the era that concerns it. */
export function missingCapability(
  error: EraError | undefined,
): { readonly code: number; readonly data: string } | undefined {
  if (error?.code !== MISSING_CLIENT_CAPABILITY) return undefined;
  const required = isJsonObject(error.data) ? error.data['requiredCapabilities'] : undefined;
  if (!isJsonObject(required)) return undefined;
  return { code: error.code, data: `"requiredCapabilities":${JSON.stringify(required)}` };
}

export const TOO_MANY_MESSAGES: Ending = {
  status: 'protocol_error',
  message: 'The server sent more messages inside this call than are relayed.',
};

export function timedOut({ id, timeoutMs }: Pick<PinnedServer, 'id' | 'timeoutMs'>): Ending {
  const seconds = Math.round(timeoutMs / 1000);
  return {
    status: 'timed_out',
    message: `The server '${id}' did not answer within ${seconds} s. What it did is unknown.`,
  };
}

/** The upstream has ended its session, and there is no new one. */
export const NOT_REOPENED: UpstreamFailure = {
  kind: 'session_lost',
  message: 'has ended its session, and it could not be opened anew.',
};
