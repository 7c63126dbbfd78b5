import { err, ok, type ReceiptId, type Result } from '#lib/core';
import type { ActFacts } from './act-drafts.ts';
import { digestOf } from './digest-text.ts';
import { JsonScanError } from './json-error.ts';
import { bytesOf } from './json-members.ts';
import { answerAround, readMember } from './locate-answer.ts';
import { lookAtTask, type TaskSaid } from './look-at-task.ts';
import { wireIdOf } from './parse-message.ts';
import type { Parts } from './parts.ts';
import type { SessionUpstream } from './session.ts';
import { endQuestions, findHome, type HeardQuestion } from './task-home.ts';
import { GIVEN_UP, TaskLine } from './task-line.ts';
import { cancelsTasks } from './task-methods.ts';
import { closeQuestions } from './task-questions.ts';
import { isEnd } from './task-state.ts';
import { nonsense, tooLarge, type UpstreamFailure } from './upstream-failure.ts';
import type { UpstreamSend } from './upstream-link.ts';
import type { UpstreamCall, UpstreamListener } from './upstream-types.ts';

const INVALID_PARAMS = -32_602;

type Said = Result<TaskSaid, UpstreamFailure>;

/**
 * What a client without a session wants of a task (2026-07-28, tasks/get, tasks/update, tasks/cancel), at a server that has the
 * tasks of 2025-11-25. The listener hears a server of the extension. All that is asked for it is one act: it has the act's
 * attempt, and was decided on as a whole.
 */
export class TaskLeg implements UpstreamCall {
  readonly retryMs = undefined;
  #parts: Parts;
  #facts: ActFacts;
  #callId: ReceiptId;
  #request: UpstreamSend;
  #listener: UpstreamListener;
  #line: TaskLine | undefined;
  #over = false;

  constructor(
    parts: Parts,
    facts: ActFacts,
    callId: ReceiptId,
    request: UpstreamSend,
    listener: UpstreamListener,
  ) {
    this.#parts = parts;
    this.#facts = facts;
    this.#callId = callId;
    this.#request = request;
    this.#listener = listener;
  }

  begin(task: string, current: SessionUpstream): this {
    this.#run(task, current)
      .then((said) => {
        this.#line?.close();
        if (this.#over) return;
        if (said.ok) this.#tell(said.value);
        else this.#listener.onFailure(said.error);
      })
      .catch((error: unknown) => this.#fail(error));
    return this;
  }

  abort(): void {
    this.#over = true;
    this.#line?.abort();
  }

  release(): void {
    this.#line?.release();
  }

  async #run(task: string, current: SessionUpstream): Promise<Said> {
    const { context } = this.#facts;
    const home = await findHome(this.#parts, context, task);
    if (this.#over) return err(GIVEN_UP);
    const at = { task, current, home: home?.upstream };
    const line = new TaskLine(this.#parts, this.#facts, this.#callId, this.#request, at);
    this.#line = line;
    switch (context.message.method) {
      case 'tasks/get':
        return await lookAtTask(this.#parts, this.#facts, this.#callId, line);
      case 'tasks/cancel':
        return await this.#cancel(line);
      default:
        return await this.#answer(line, home?.asked ?? []);
    }
  }

  async #cancel(line: TaskLine): Promise<Said> {
    if (!cancelsTasks(this.#facts.context.session)) return err(CANCELS_NONE);
    const answer = await line.ask('tasks/cancel');
    if (!answer.ok) return answer;
    const { bytes, layout } = answer.value;
    const value = bytesOf(bytes, layout.value);
    const received = digestOf(value);
    if (layout.member === 'error') {
      const isRefused = readMember(bytes, layout.value, 'code') === INVALID_PARAMS;
      if (!isRefused || !(await hasEnded(line))) return ok({ member: 'error', text: value });
    } else if (readMember(bytes, layout.value, 'taskId') !== line.task)
      return err(nonsense('another task than it was asked to cancel'));
    await closeQuestions(this.#parts, this.#facts, line.task);
    return ok({ member: 'result', text: EMPTY, received });
  }

  /** Each answer is the response to a request of the server's. */
  async #answer(line: TaskLine, asked: readonly HeardQuestion[]): Promise<Said> {
    const given = this.#facts.context.task?.answers ?? [];
    for (const { name, answer } of given) {
      const question = asked.find((one) => one.name === name && !one.isOver);
      if (question === undefined) return err(NOT_WAITING);
      const told = await line.reply(question.id, answer);
      if (!told.ok) return err({ ...told.error, kind: 'refused' });
      await endQuestions(this.#parts, this.#facts.context, line.task, new Set([name]));
    }
    return ok({ member: 'result', text: EMPTY });
  }

  #tell({ member, text, received }: TaskSaid): void {
    const { bytesMax } = this.#request;
    if (text.length > bytesMax) return this.#listener.onFailure(tooLarge('a task and its result', bytesMax));
    const own = answerAround(wireIdOf(this.#facts.context.message), member, text);
    this.#listener.onAnswer(own.bytes, own.layout, received);
  }

  #fail(error: unknown): void {
    this.#line?.close();
    if (this.#over) return;
    if (error instanceof JsonScanError)
      return this.#listener.onFailure(nonsense(`a task with ${error.message}`));
    this.#parts.telemetry.logger.error({ err: error }, 'what a server says of a task could not be kept');
    this.#listener.onFailure(NOT_KEPT);
  }
}

/** A server of 2025-11-25 refuses to cancel what has ended, and one of the extension takes note (tasks, Task Cancellation). */
async function hasEnded(line: TaskLine): Promise<boolean> {
  const answer = await line.ask('tasks/get');
  if (!answer.ok || answer.value.layout.member === 'error') return false;
  const { bytes, layout } = answer.value;
  const isThis = readMember(bytes, layout.value, 'taskId') === line.task;
  return isThis && isEnd(readMember(bytes, layout.value, 'status'));
}

const EMPTY = Buffer.from('{}');
const CANCELS_NONE: UpstreamFailure = {
  kind: 'refused',
  message: 'cancels no tasks: this one goes on until it has ended.',
};
const NOT_WAITING: UpstreamFailure = { kind: 'refused', message: 'does not wait for this answer any more.' };
const NOT_KEPT: UpstreamFailure = {
  kind: 'refused',
  message: 'was asked about a task, and what it said could not be kept here.',
};
