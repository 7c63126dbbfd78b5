import { adoptUpstream } from './bring-upstream.ts';
import { OWNER_TASKS_MAX } from './constants.ts';
import { MISSING_CLIENT_CAPABILITY } from './era.ts';
import type { HttpRefusal } from './http-answers.ts';
import type { RpcId } from './parse-message.ts';
import type { ActContext, Parts } from './parts.ts';
import { step } from './refuse-exchange.ts';
import type { SingleRequest } from './session.ts';
import { mayUseTasksOf } from './task-methods.ts';
import { declaresTasks, TASKS_EXTENSION } from './task-capability.ts';
import type { UpstreamFailure } from './upstream-failure.ts';

/** What a client may do with a task (extension io.modelcontextprotocol/tasks, 2026-07-28). */
export const EXTENSION_METHODS: ReadonlySet<string> = new Set(['tasks/get', 'tasks/update', 'tasks/cancel']);

type Told = (failure: UpstreamFailure | undefined) => void;

/** The server behind makes tasks of calls, in the era's own way. To be asked once the upstream's half is there. */
export function servesTasks({ pooled }: SingleRequest): boolean {
  return pooled.session?.era === 'stateless' && declaresTasks(pooled.result['capabilities']);
}

/** Whoever does not say that they take tasks is told what to say. */
export function needsTasks(id: RpcId): HttpRefusal {
  return {
    status: 400,
    id,
    code: MISSING_CLIENT_CAPABILITY,
    message: `This is for clients that declare the extension ${TASKS_EXTENSION} with the request.`,
    data: `"requiredCapabilities":{"extensions":{${JSON.stringify(TASKS_EXTENSION)}:{}}}`,
  };
}

/**
 * Says to the server that this client takes a task in place of a result, where that is of use: the caller may follow the
 * tasks of this tool, and one more can be noted. A server that is not told makes none.
 */
export function tellTasks(parts: Parts, context: ActContext, done: Told): void {
  const { exchange, message, session, server } = context;
  const { single } = session;
  if (single === undefined || !single.takesTasks || !servesTasks(single)) return done(undefined);
  if (EXTENSION_METHODS.has(message.method)) return tell(context, single, done);
  const { name } = (message.params ?? {}) as { readonly [key: string]: unknown };
  if (message.method !== 'tools/call' || typeof name !== 'string') return done(undefined);
  if (!mayUseTasksOf(context, name)) {
    single.untold = 'and no policy permits you to follow the tasks of this tool.';
    return done(undefined);
  }
  parts.tasks.fullUntil(context).then(
    (forgottenAt) =>
      step(parts, exchange, () => {
        if (forgottenAt === undefined) return tell(context, single, done);
        single.untold = `and you have ${OWNER_TASKS_MAX} at the server '${server.id}', as many as are kept; the first is forgotten at ${forgottenAt.toISOString()}.`;
        done(undefined);
      }),
    (error: unknown) => {
      parts.telemetry.logger.error({ err: error }, 'the tasks of a caller could not be counted');
      step(parts, exchange, () =>
        done({ kind: 'refused', message: 'was not asked: nothing could be noted.' }),
      );
    },
  );
}

function tell({ session }: ActContext, single: SingleRequest, done: Told): void {
  single.tellsTasks = true;
  adoptUpstream(session);
  done(undefined);
}
