import type { PinnedTool } from '#lib/registry';
import { adoptUpstream } from './bring-upstream.ts';
import { OWNER_TASKS_MAX } from './constants.ts';
import { MISSING_CLIENT_CAPABILITY } from './era.ts';
import type { HttpRefusal } from './http-answers.ts';
import type { RpcId } from './parse-message.ts';
import type { ActContext, Parts } from './parts.ts';
import { step } from './refuse-exchange.ts';
import type { SingleRequest } from './session.ts';
import { makesTasksInSessions, mayUseTasksOf, taskSupport } from './task-methods.ts';
import { declaresTasks, TASKS_EXTENSION } from './task-capability.ts';
import type { UpstreamFailure } from './upstream-failure.ts';

/** What a client may do with a task (extension io.modelcontextprotocol/tasks, 2026-07-28). */
export const EXTENSION_METHODS: ReadonlySet<string> = new Set(['tasks/get', 'tasks/update', 'tasks/cancel']);

type Told = (failure: UpstreamFailure | undefined) => void;

/** The server behind makes tasks of calls, in whichever era's way. To be asked once the upstream's half is there. */
export function servesTasks({ pooled: { session, result } }: SingleRequest): boolean {
  if (session?.era === 'session') return makesTasksInSessions(session, result);
  return session !== undefined && declaresTasks(result['capabilities']);
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
  const { message, session, server } = context;
  const { single } = session;
  if (single === undefined) return done(undefined);
  if (EXTENSION_METHODS.has(message.method)) return tell(context, single, done);
  const { name } = (message.params ?? {}) as { readonly [key: string]: unknown };
  if (message.method !== 'tools/call' || typeof name !== 'string') return done(undefined);
  const support = supportFor(single, server.tools.get(name));
  if (support === undefined || !servesTasks(single)) return done(undefined);
  if (!single.takesTasks) return untold(single, support, done);
  if (!mayUseTasksOf(context, name))
    return untold(single, support, done, 'and no policy permits you to follow the tasks of this tool.');
  ifOneMore(parts, context, done, (forgottenAt) => {
    if (forgottenAt === undefined) return tell(context, single, done);
    const why = `and you have ${OWNER_TASKS_MAX} at the server '${server.id}', as many as are kept; the first is forgotten at ${forgottenAt.toISOString()}.`;
    untold(single, support, done, why);
  });
}

/**
 * How calls of this tool become tasks; undefined: they don't. A server of the extension decides by itself (`own`), and one of
 * 2025-11-25 is asked for what the tool says: also where that is a matter of choice (`optional`), for here it is the server's
 * side that chooses (extension, Capability Negotiation), its tool says that its calls may take long, and only a task outlives
 * the request.
 */
function supportFor(
  { takesTasks, pooled }: SingleRequest,
  tool: PinnedTool | undefined,
): Support | undefined {
  if (pooled.session?.era !== 'session') return takesTasks ? 'own' : undefined;
  return tool && taskSupport(tool);
}

type Support = 'own' | 'optional' | 'required';

/** A server of 2025-11-25 whose tool makes nothing but tasks is asked for one, whose result is waited for here. */
function untold(single: SingleRequest, support: Support, done: Told, why?: string): void {
  if (support === 'required') single.awaitsTask = true;
  else if (why !== undefined) single.untold = why;
  done(undefined);
}

function ifOneMore(
  parts: Parts,
  context: ActContext,
  done: Told,
  then: (forgottenAt: Date | undefined) => void,
): void {
  parts.tasks.fullUntil(context).then(
    (forgottenAt) => step(parts, context.exchange, () => then(forgottenAt)),
    (error: unknown) => {
      parts.telemetry.logger.error({ err: error }, 'the tasks of a caller could not be counted');
      step(parts, context.exchange, () =>
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
