import { isJsonObject, type JsonObject } from '#lib/core';
import type { PinnedTool } from '#lib/registry';
import { TASK_ID_CHARS_MAX } from './constants.ts';
import type { ActContext, Caller, Ready } from './parts.ts';
import type { OfferedTasks, Session, UpstreamSession } from './session.ts';
import type { OpenedUpstream } from './upstream-session.ts';

/** The one revision whose core has tasks. */
const TASKS_VERSION = '2025-11-25';
/** Whoever can't ask what became of a task and fetch its result has no use for one. */
const NEEDED = ['tasks/get', 'tasks/result'] as const;

/**
 * What of tasks an agent is offered: what its server does, as far as some tool that takes tasks is pinned and policy does
 * not rule out using its tasks. Undefined: nothing.
 */
export function offerTasks(
  caller: Caller & Ready,
  protocolVersion: string,
  { session, result }: OpenedUpstream,
): OfferedTasks | undefined {
  const tasks = memberOf(result['capabilities'], 'tasks');
  if (protocolVersion !== TASKS_VERSION || !makesTasksInSessions(session, result)) return undefined;
  if (!NEEDED.every((action) => mayUse(caller, action))) return undefined;
  return {
    list: memberOf(tasks, 'list') !== undefined,
    cancel: memberOf(tasks, 'cancel') !== undefined && mayUse(caller, 'tasks/cancel'),
  };
}

/** A server with sessions makes tasks of calls that ask to become one. */
export function makesTasksInSessions(session: UpstreamSession | undefined, result: JsonObject): boolean {
  if (session?.era !== 'session' || session.protocolVersion !== TASKS_VERSION) return false;
  const tasks = memberOf(result['capabilities'], 'tasks');
  return memberOf(memberOf(memberOf(tasks, 'requests'), 'tools'), 'call') !== undefined;
}

/** And gives them up where it is asked to. */
export function cancelsTasks({ single, state }: Pick<Session, 'single' | 'state'>): boolean {
  if (single === undefined) return state.tasks?.cancel === true;
  return memberOf(memberOf(single.pooled.result['capabilities'], 'tasks'), 'cancel') !== undefined;
}

/** The same in the words of `initialize`. */
export function tasksCapability(offered: OfferedTasks | undefined): JsonObject {
  if (offered === undefined) return {};
  const list = offered.list ? { list: {} } : {};
  const cancel = offered.cancel ? { cancel: {} } : {};
  return { tasks: { ...list, ...cancel, requests: { tools: { call: {} } } } };
}

export function isOfferedTaskMethod({ state: { tasks } }: Session, method: string): boolean {
  if (!method.startsWith('tasks/') || tasks === undefined) return false;
  if (method === 'tasks/list') return tasks.list;
  if (method === 'tasks/cancel') return tasks.cancel;
  return method === 'tasks/get' || method === 'tasks/result';
}

/** Where no tasks are offered a call is a call, whatever it says of one (MCP 2025-11-25, tasks, Task Support and Handling). */
export function withoutUnofferedTask(context: ActContext): ActContext {
  const { message, session } = context;
  if (message.params?.['task'] === undefined || !isTaskCall(context) || session.state.tasks !== undefined)
    return context;
  const { task: _, ...params } = message.params;
  return { ...context, message: { ...message, params } };
}

/** A call that is to become a task. */
export function isTaskCall({ message }: Pick<ActContext, 'message'>): boolean {
  return message.params?.['task'] !== undefined && message.method === 'tools/call';
}

/** No server has to have longer ones, and two that are no Unicode text could be hashed to one. */
export function isTaskId(value: unknown): value is string {
  if (typeof value !== 'string' || value === '' || value.length > TASK_ID_CHARS_MAX) return false;
  return value.isWellFormed();
}

/** Some call of this tool may become a task that its caller can follow to its end. */
export function mayUseTasksOf(caller: Caller & Ready, tool: string): boolean {
  return NEEDED.every((action) => isConceivable(caller, action, tool, undefined));
}

/** The same of some tool; one that is not known to take tasks may make some where servers do so of their own accord. */
export function mayUseSomeTasks(caller: Caller & Ready, mayBeAny: boolean): boolean {
  return [...caller.server.tools.values()].some(
    (tool) => tool.drift === undefined && (mayBeAny || takesTasks(tool)) && mayUseTasksOf(caller, tool.name),
  );
}

function mayUse(caller: Caller & Ready, action: string): boolean {
  return [...caller.server.tools.values()]
    .filter(takesTasks)
    .some(({ name }) => isConceivable(caller, action, name, ''));
}

/** Policy does not rule it out whichever task it is. */
function isConceivable(
  { engine, principal, server, exchange, receivedAt }: Caller & Ready,
  action: string,
  tool: string,
  session: string | undefined,
): boolean {
  const asked = { action, task: { id: '', tool }, principal, server, time: receivedAt };
  const { effect, hidden } = engine.decide({ ...asked, ip: exchange.ip, session });
  return effect !== 'deny' || !hidden;
}

function takesTasks(tool: PinnedTool): boolean {
  return tool.drift === undefined && taskSupport(tool) !== undefined;
}

/** What a tool says of tasks (2025-11-25); undefined: that its calls become none. */
export function taskSupport({ definition }: PinnedTool): 'optional' | 'required' | undefined {
  const support = isJsonObject(definition['execution']) ? definition['execution']['taskSupport'] : undefined;
  return support === 'optional' || support === 'required' ? support : undefined;
}

function memberOf(value: unknown, name: string): JsonObject | undefined {
  const member = isJsonObject(value) ? value[name] : undefined;
  return isJsonObject(member) ? member : undefined;
}
