import { randomUUID } from 'node:crypto';
import { isJsonObject, type JsonObject, type ReceiptId } from '#lib/core';
import { findAnswerProblem } from './act-answer.ts';
import type { ActFacts } from './act-drafts.ts';
import { RESUME_ATTEMPTS_MAX, RESUME_DELAY_MS_MIN } from './constants.ts';
import { credentialAgain } from './decide-again.ts';
import { digestOf } from './digest-text.ts';
import { JsonScanError } from './json-error.ts';
import { bytesOf } from './json-members.ts';
import { answerAround, readMember, type AnswerLayout } from './locate-answer.ts';
import { wireIdOf } from './parse-message.ts';
import { NamelessCall } from './nameless-call.ts';
import type { Parts } from './parts.ts';
import { cancelsTasks, isTaskId } from './task-methods.ts';
import { cancelTask, namingMeta, tellOfTask } from './tell-of-task.ts';
import { relatedTask, withoutRelatedTask } from './translate-task.ts';
import { nonsense, onceBegun, type UpstreamFailure } from './upstream-failure.ts';
import type { UpstreamSend } from './upstream-link.ts';
import type { UpstreamCall, UpstreamHead, UpstreamListener, ValueDigest } from './upstream-types.ts';

/**
 * A call of a tool that its server does as a task only, for a client that follows none: the task's result is waited for here,
 * as long as for any answer, and is that of the call. What the task asks meanwhile is asked inside the call. The listener
 * hears a server that has no tasks; nobody is told of this one, and it is given up with the call.
 */
export class AwaitedTask implements UpstreamCall, UpstreamListener {
  readonly retryMs = undefined;
  readonly cancelsItself = true;
  #parts: Parts;
  #facts: ActFacts;
  #callId: ReceiptId;
  #request: UpstreamSend;
  #listener: UpstreamListener;
  #exchange: UpstreamCall | undefined;
  #task: string | undefined;
  /** The id under which its result was asked for. */
  #waitsAs = '';
  #asked = 0;
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

  begin(): this {
    const { context } = this.#facts;
    this.#exchange = new NamelessCall(this.#parts, context, this.#request, this).begin();
    return this;
  }

  abort(): void {
    this.#over = true;
    this.#exchange?.abort();
    this.#giveUp();
  }

  release(): void {
    this.#exchange?.release();
  }

  /** A task would go on for whoever has no access any more. One without a name yet is looked at once it has one. */
  recheck(): void {
    const { principal, revocationsSeen } = this.#facts.context;
    if (this.#task === undefined || !this.#parts.recent.touched(principal, revocationsSeen)) return;
    this.#exchange?.abort();
    this.#fail(ACCESS_LOST);
  }

  onHead(head: UpstreamHead): void {
    this.#listener.onHead(head);
  }

  onMessage(message: JsonObject, data: string): void {
    this.#listener.onMessage(message, data);
  }

  onEnd(): void {
    this.#listener.onEnd();
  }

  onAnswer(bytes: Buffer, layout: AnswerLayout, received?: ValueDigest): void {
    try {
      if (this.#task === undefined) this.#begun(bytes, layout, received);
      else this.#ended(this.#task, bytes, layout);
    } catch (error) {
      if (!(error instanceof JsonScanError)) throw error;
      this.#fail(nonsense(`a task with ${error.message}`));
    }
  }

  onFailure(failure: UpstreamFailure): void {
    if (this.#over) return;
    const { lastEventId, ...plain } = failure;
    // Who takes up a broken stream would hear a task and know nothing of it.
    if (this.#task === undefined) return this.#listener.onFailure(plain);
    const isBroken = lastEventId !== undefined || failure.kind === 'cut_off';
    if (!isBroken || this.#asked >= RESUME_ATTEMPTS_MAX) return this.#fail(plain);
    setTimeout(() => this.#wait(), RESUME_DELAY_MS_MIN).unref();
  }

  /** One that makes no task just did what it was called for. */
  #begun(bytes: Buffer, layout: AnswerLayout, received: ValueDigest | undefined): void {
    const isOurs = findAnswerProblem(wireIdOf(this.#facts.context.message), { bytes, layout }) === undefined;
    const task = isOurs && layout.member === 'result' ? readMember(bytes, layout.value, 'task') : undefined;
    if (!isJsonObject(task)) return this.#listener.onAnswer(bytes, layout, received);
    const id = task['taskId'];
    if (!isTaskId(id)) return this.#listener.onFailure(nonsense('a task whose id can not be used'));
    this.#exchange?.release();
    this.#exchange = undefined;
    this.#task = id;
    this.#wait();
  }

  /** Its result can be asked for as often as is needed. */
  #wait(): void {
    this.#ask().catch((error: unknown) => {
      this.#parts.telemetry.logger.error({ err: error }, 'the result of a task could not be asked for');
      this.#fail({ kind: 'refused', message: 'is not asked for the result now.' });
    });
  }

  async #ask(): Promise<void> {
    this.#asked += 1;
    const credential = await credentialAgain(this.#parts, this.#facts, this.#callId, 'tasks/result');
    if (this.#over) return;
    if (!credential.ok) return this.#fail({ kind: 'unauthorized', message: credential.error.message });
    this.#waitsAs = `task-${randomUUID()}`;
    const params = { _meta: namingMeta(this.#request), taskId: this.#task ?? '' };
    const body = JSON.stringify({ jsonrpc: '2.0', id: this.#waitsAs, method: 'tasks/result', params });
    this.#exchange?.release();
    this.#exchange = this.#parts.upstream.send(
      { ...this.#request, credential: credential.value, body },
      this,
    );
  }

  #ended(task: string, bytes: Buffer, layout: AnswerLayout): void {
    const problem = findAnswerProblem(this.#waitsAs, { bytes, layout });
    // Who is asked to open a page then makes the call anew, which is the act's to do.
    if (problem !== undefined && problem.kind !== 'wants_browser') return this.#fail(problem);
    if (layout.member === 'result' && (relatedTask(bytes, layout) ?? task) !== task)
      return this.#fail(nonsense('the result of another task'));
    const value = bytesOf(bytes, layout.value);
    const text = layout.member === 'result' ? withoutRelatedTask(bytes, layout) : value;
    const own = answerAround(wireIdOf(this.#facts.context.message), layout.member, text);
    this.#over = true;
    this.#listener.onAnswer(own.bytes, own.layout, text.equals(value) ? undefined : digestOf(value));
  }

  #fail(failure: UpstreamFailure): void {
    if (this.#over) return;
    this.#over = true;
    this.#giveUp();
    this.#listener.onFailure(onceBegun(failure));
  }

  /** Nobody else knows of it. Whether the upstream takes note is its own affair. */
  #giveUp(): void {
    if (this.#task === undefined) return;
    if (this.#waitsAs !== '')
      this.#say({
        method: 'notifications/cancelled',
        params: { requestId: this.#waitsAs, reason: 'given up' },
      });
    const { context } = this.#facts;
    if (cancelsTasks(context.session)) cancelTask(this.#parts, context, this.#request, this.#task);
  }

  #say(members: JsonObject): void {
    void tellOfTask(this.#parts, this.#facts.context, this.#request, members);
  }
}

const ACCESS_LOST: UpstreamFailure = {
  kind: 'aborted',
  message: 'is not asked any more, for access was revoked.',
};
