import { TASK_RESULT_MS_MAX } from './constants.ts';
import { MISSING_CLIENT_CAPABILITY } from './era.ts';
import type { ActContext } from './parts.ts';
import type { Ending } from './settle-act.ts';
import { requiredBy, requiresTasks } from './task-capability.ts';
import { statusOf, type UpstreamFailure } from './upstream-failure.ts';

/** An error of the stateless era by which a server refused what was sent. */
export type EraError = NonNullable<UpstreamFailure['eraError']>;

/** An act whose answer can't be used. */
export function failed(
  { server: { id }, session }: Pick<ActContext, 'server' | 'session'>,
  failure: UpstreamFailure,
): Ending {
  const { eraError } = failure;
  const untold = session.single?.untold;
  if (untold !== undefined && requiresTasks(eraError))
    return {
      status: statusOf(failure),
      message: `The server '${id}' makes tasks of calls of this tool, ${untold}`,
    };
  const told = { status: statusOf(failure), message: `The server '${id}' ${failure.message}` };
  return eraError === undefined ? told : { ...told, eraError };
}

/** What a client of the stateless era has to offer before it asks again: the one error of the era that concerns it. */
export function missingCapability(
  error: EraError | undefined,
): { readonly code: number; readonly data: string } | undefined {
  const required = requiredBy(error);
  if (required === undefined) return undefined;
  const data = `"requiredCapabilities":${JSON.stringify(required)}`;
  return { code: MISSING_CLIENT_CAPABILITY, data };
}

export const TOO_MANY_MESSAGES: Ending = {
  status: 'protocol_error',
  message: 'The server sent more messages inside this call than are relayed.',
};

/** How long a server may be silent inside an act; about the result of a task it is until there is one. */
export function silenceMsOf({ server, message }: Pick<ActContext, 'server' | 'message'>): number {
  return message.method === 'tasks/result'
    ? Math.max(server.timeoutMs, TASK_RESULT_MS_MAX)
    : server.timeoutMs;
}

export function timedOut(context: Pick<ActContext, 'server' | 'message'>): Ending {
  const seconds = Math.round(silenceMsOf(context) / 1000);
  return {
    status: 'timed_out',
    message: `The server '${context.server.id}' did not answer within ${seconds} s. What it did is unknown.`,
  };
}

export const CANCELLED: Ending = { status: 'cancelled', message: 'The call was cancelled.' };

/** This process ends before the call has. */
export function stopped({ server }: Pick<ActContext, 'server'>, isForwarded: boolean): Ending {
  if (!isForwarded) return { status: 'failed', message: 'The call was not forwarded: this process stops.' };
  const message = `The server '${server.id}' did not answer before this process had to stop. What it did is unknown.`;
  return { status: 'timed_out', message };
}

/** The upstream has ended its session, and there is no new one. */
export const NOT_REOPENED: UpstreamFailure = {
  kind: 'session_lost',
  message: 'has ended its session, and it could not be opened anew.',
};
