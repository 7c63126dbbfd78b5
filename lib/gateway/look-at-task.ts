import { err, ok, type JsonObject, type ReceiptId, type Result } from '#lib/core';
import type { ActFacts } from './act-drafts.ts';
import { TASK_ROUNDS_MAX } from './constants.ts';
import { digestOf } from './digest-text.ts';
import { bytesOf, inBraces, pair } from './json-members.ts';
import { readMember } from './locate-answer.ts';
import type { Parts } from './parts.ts';
import type { TaskAnswer, TaskLine } from './task-line.ts';
import { closeQuestions, openQuestions } from './task-questions.ts';
import { isEnd } from './task-state.ts';
import { errorInEra } from './translate-answer.ts';
import { extensionMembers, metaMember, relatedTask, withoutRelatedTask } from './translate-task.ts';
import { nonsense, type UpstreamFailure } from './upstream-failure.ts';
import type { ValueDigest } from './upstream-types.ts';

/** What a server of the extension would have said. */
export interface TaskSaid {
  readonly member: 'result' | 'error';
  readonly text: Buffer;
  /** Of what the server did say, where that is not the same: of the result that it gave last. */
  readonly received?: ValueDigest;
}

type Said = Result<TaskSaid, UpstreamFailure>;

/**
 * tasks/get of 2026-07-28 from a server of 2025-11-25: the state, and with it what there took questions of their own: the result
 * of what has ended, or what the task waits for.
 */
export async function lookAtTask(
  parts: Parts,
  facts: ActFacts,
  attempt: ReceiptId,
  line: TaskLine,
): Promise<Said> {
  for (let round = 1; ; round += 1) {
    const answer = await line.ask('tasks/get');
    if (!answer.ok) return answer;
    await line.keepHeard();
    const { bytes, layout } = answer.value;
    if (layout.member === 'error') return ok(asIs(answer.value));
    if (readMember(bytes, layout.value, 'taskId') !== line.task) return err(ANOTHER);
    const status = readMember(bytes, layout.value, 'status');
    if (isEnd(status)) await closeQuestions(parts, facts, line.task);
    if (status === 'completed' || status === 'failed') return await withEnd(line, answer.value, status);
    if (status !== 'input_required') return ok(stateOf(answer.value));
    let asked = await openQuestions(parts, facts, attempt, line);
    if (Object.keys(asked).length === 0 && round < TASK_ROUNDS_MAX) {
      const listened = await line.listen();
      if (!listened.ok) return listened;
      // It has gone on meanwhile.
      if (listened.value === 'ended') continue;
      asked = await openQuestions(parts, facts, attempt, line);
    }
    return ok(waiting(answer.value, asked));
  }
}

const ANOTHER = nonsense('another task than it was asked about');

/**
 * There a call that ended with an error and one whose tool failed have both `failed`; here it is the result that says which
 * (extension, Task Execution Errors).
 */
async function withEnd(line: TaskLine, state: TaskAnswer, status: 'completed' | 'failed'): Promise<Said> {
  const answer = await line.ask('tasks/result');
  if (!answer.ok) return answer;
  const { bytes, layout } = answer.value;
  if (layout.member === 'error') {
    if (status === 'completed') return ok(asIs(answer.value));
    return ok(stateOf(state, 'failed', named('error', errorInEra(bytes, layout.value)), answer.value));
  }
  if ((relatedTask(bytes, layout) ?? line.task) !== line.task) return err(ANOTHER);
  return ok(stateOf(state, 'completed', named('result', withoutRelatedTask(bytes, layout)), answer.value));
}

function waiting(state: TaskAnswer, asked: JsonObject): TaskSaid {
  return stateOf(state, 'input_required', pair('inputRequests', asked));
}

function stateOf(state: TaskAnswer, status?: string, more?: Buffer, last = state): TaskSaid {
  const { bytes, layout } = state;
  const members = extensionMembers(bytes, layout.value, status);
  const text = inBraces([...metaMember(bytes, layout), ...members, ...(more === undefined ? [] : [more])]);
  return { member: 'result', text, received: digestOf(bytesOf(last.bytes, last.layout.value)) };
}

function asIs({ bytes, layout }: TaskAnswer): TaskSaid {
  return { member: layout.member, text: Buffer.from(bytesOf(bytes, layout.value)) };
}

function named(name: string, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`"${name}":`), value]);
}
