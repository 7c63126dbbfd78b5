import { isJsonObject, type JsonObject, type ReceiptId } from '#lib/core';
import type { ReadAnswer } from './act-answer.ts';
import type { ActFacts } from './act-drafts.ts';
import { RELATED_TASK } from './constants.ts';
import { readMember, type AnswerLayout } from './locate-answer.ts';
import type { ActContext, Parts } from './parts.ts';
import { isTaskCall, isTaskId } from './task-methods.ts';
import type { NoteAnswer } from './noted-answer.ts';
import { nonsense, type UpstreamFailure } from './upstream-failure.ts';

/** Why an answer is none to a request about this very task, or to a call that was to become one; its status where it did. */
export function readTaskAnswer(
  { message, task }: Pick<ActContext, 'message' | 'task'>,
  answer: ReadAnswer,
): ReadAnswer | UpstreamFailure {
  const { bytes, layout } = answer;
  if (layout.member === 'error') return answer;
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

/** Notes whose the task is that a server makes of a call; undefined where the call is to become none. */
export function noteTask(
  parts: Parts,
  { context, subject }: ActFacts,
  call: ReceiptId,
): NoteAnswer | undefined {
  const { tool } = subject;
  if (tool === undefined || !isTaskCall(context)) return undefined;
  return (bytes, layout) => {
    const made = readMadeTask(bytes, layout);
    const id = made?.['taskId'];
    if (made === undefined || !isTaskId(id)) return undefined;
    return parts.tasks.note(context, id, { tool: tool.name, call }, made['ttl']);
  };
}

/** `CreateTaskResult` in place of the result; a server that makes no tasks just does what it was called for. */
function readMadeTask(bytes: Buffer, { value }: AnswerLayout): JsonObject | undefined {
  const task = readMember(bytes, value, 'task');
  return isJsonObject(task) ? task : undefined;
}

function relatedTask(bytes: Buffer, { meta }: AnswerLayout): unknown {
  const related = meta === undefined ? undefined : readMember(bytes, meta, RELATED_TASK);
  return isJsonObject(related) ? related['taskId'] : undefined;
}
