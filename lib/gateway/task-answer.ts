import { isJsonObject, type JsonObject, type ReceiptId } from '#lib/core';
import type { ReadAnswer } from './act-answer.ts';
import type { ActFacts } from './act-drafts.ts';
import { readMember, type AnswerLayout } from './locate-answer.ts';
import type { ActContext, Parts } from './parts.ts';
import { isTaskCall, isTaskId } from './task-methods.ts';
import type { NoteAnswer } from './noted-answer.ts';
import { forgetHome, noteHome } from './task-home.ts';
import { readNewTask, readTaskState } from './task-state.ts';
import { relatedTask } from './translate-task.ts';
import { nonsense, type UpstreamFailure } from './upstream-failure.ts';

/** Why an answer is none to a request about this very task, or to a call that was to become one; its status where it did. */
export function readTaskAnswer(
  context: Pick<ActContext, 'message' | 'task' | 'session'>,
  answer: ReadAnswer,
): ReadAnswer | UpstreamFailure {
  const { message, task, session } = context;
  const { bytes, layout } = answer;
  if (layout.member === 'error') return answer;
  if (session.single !== undefined) return readExtensionAnswer(context, answer);
  if (task === undefined) {
    const made = readMadeTask(bytes, layout);
    if (made === undefined) return answer;
    return isTaskId(made['taskId'])
      ? { ...answer, status: 'task' }
      : nonsense('a task whose id can not be used');
  }
  const named =
    message.method === 'tasks/result'
      ? (relatedTask(bytes, layout) ?? task.id)
      : readMember(bytes, layout.value, 'taskId');
  return named === task.id ? answer : nonsense('another task than it was asked about');
}

/** The same in the words of the extension, in which an acknowledgement is empty. */
function readExtensionAnswer(
  { message, task }: Pick<ActContext, 'message' | 'task'>,
  answer: ReadAnswer,
): ReadAnswer | UpstreamFailure {
  const { bytes, layout } = answer;
  if (task === undefined) {
    if (readMember(bytes, layout.value, 'resultType') !== 'task') return answer;
    const made = readNewTask(bytes, layout.value);
    return made.ok ? { ...answer, status: 'task' } : made.error;
  }
  if (message.method !== 'tasks/get') return { ...answer, status: 'ok' };
  const read = readTaskState(bytes, layout.value);
  if (!read.ok) return read.error;
  const { id, status, isToolError } = read.value;
  if (id !== task.id) return nonsense('another task than it was asked about');
  if (status === 'failed') return { ...answer, status: 'rpc_error' };
  return { ...answer, status: isToolError ? 'tool_error' : 'ok' };
}

/** Notes whose the task is that a server makes of a call; undefined where the call is to become none. */
export function noteTask(
  parts: Parts,
  { context, subject }: ActFacts,
  call: ReceiptId,
): NoteAnswer | undefined {
  const { tool } = subject;
  if (tool === undefined || !mayBecomeTask(context)) return undefined;
  const isExtension = context.session.single !== undefined;
  return (bytes, layout) => {
    const made = isExtension ? readNewTaskOf(bytes, layout) : readMadeTask(bytes, layout);
    const id = made?.['taskId'];
    if (made === undefined || !isTaskId(id)) return undefined;
    const ttl = made[isExtension ? 'ttlMs' : 'ttl'];
    const noted = parts.tasks.note(context, id, { tool: tool.name, call }, ttl);
    return isExtension ? noted.then(() => noteWhere(parts, context, id, ttl)) : noted;
  };
}

/**
 * A server with sessions may know the task in this one alone, which is not ended while the task may live. Of another task that
 * had this id nothing is left.
 */
async function noteWhere(parts: Parts, context: ActContext, id: string, ttl: unknown): Promise<void> {
  const { upstream } = context.session.state;
  if (upstream.era === 'stateless') return await forgetHome(parts, context, id);
  context.session.single?.pooled.hasTask(ttl);
  await noteHome(parts, context, id, upstream);
}

/** A call in whose place a task may come: its client asked for one, or its server was told that the client takes one. */
export function mayBecomeTask(context: Pick<ActContext, 'message' | 'session'>): boolean {
  const { single } = context.session;
  return single === undefined
    ? isTaskCall(context)
    : single.tellsTasks && context.message.method === 'tools/call';
}

function readNewTaskOf(bytes: Buffer, { value }: AnswerLayout): JsonObject | undefined {
  if (readMember(bytes, value, 'resultType') !== 'task') return undefined;
  return JSON.parse(bytes.toString('utf8', value.start, value.end)) as JsonObject;
}

/** `CreateTaskResult` in place of the result; a server that makes no tasks just does what it was called for. */
function readMadeTask(bytes: Buffer, { value }: AnswerLayout): JsonObject | undefined {
  const task = readMember(bytes, value, 'task');
  return isJsonObject(task) ? task : undefined;
}
