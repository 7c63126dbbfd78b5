import { isJsonObject, type JsonObject } from '#lib/core';
import type { AnswerLayout } from './locate-answer.ts';
import { readMember } from './locate-answer.ts';
import type { ActContext, Parts } from './parts.ts';
import { PassingListener } from './passing-listener.ts';
import { cancelsTasks, isTaskId } from './task-methods.ts';
import { tellCancelled } from './tell-cancelled.ts';
import { cancelTask } from './tell-of-task.ts';
import type { UpstreamFailure } from './upstream-failure.ts';
import type { UpstreamSend } from './upstream-link.ts';
import type { UpstreamCall, UpstreamListener, ValueDigest } from './upstream-types.ts';

/**
 * A call that is to become a task, at a server with sessions. There it is cancelled by the task's name and by nothing else (MCP
 * 2025-11-25, cancellation): given up before it has one, it is cancelled when that comes, if it comes soon.
 */
export class NamelessCall extends PassingListener implements UpstreamCall {
  readonly cancelsItself = true;
  #parts: Parts;
  #context: ActContext;
  #request: UpstreamSend;
  #exchange: UpstreamCall | undefined;
  #late: (() => void) | undefined;
  #isAnswered = false;
  /** The task that the answer names. */
  #task: string | undefined;
  #over = false;

  constructor(parts: Parts, context: ActContext, request: UpstreamSend, listener: UpstreamListener) {
    super(listener);
    this.#parts = parts;
    this.#context = context;
    this.#request = request;
  }

  /** `sent` where the call was sent before, and this asks for the rest of its answer. */
  begin(sent: UpstreamSend = this.#request): this {
    this.#exchange = this.#parts.upstream.send(sent, this);
    return this;
  }

  get retryMs(): number | undefined {
    return this.#exchange?.retryMs;
  }

  abort(): void {
    if (this.#over) return;
    this.#over = true;
    // Whose task it is may still be being noted: nobody was told of it.
    if (this.#isAnswered) return this.untold();
    const forget = () => {
      this.#exchange?.abort();
      tellCancelled(this.#parts, this.#context, this.#exchange, 'given up');
    };
    if (cancelsTasks(this.#context.session))
      this.#late = this.#parts.lateNames.await(this.#context.tenant.id, { abort: forget });
    if (this.#late === undefined) forget();
  }

  release(): void {
    this.#exchange?.release();
  }

  onAnswer(bytes: Buffer, layout: AnswerLayout, received?: ValueDigest): void {
    this.#isAnswered = true;
    const task = layout.member === 'result' ? readMember(bytes, layout.value, 'task') : undefined;
    const id = isJsonObject(task) ? task['taskId'] : undefined;
    this.#task = isTaskId(id) ? id : undefined;
    if (!this.#over) return this.listener.onAnswer(bytes, layout, received);
    this.#late?.();
    this.release();
    this.untold();
  }

  override onFailure(failure: UpstreamFailure): void {
    this.#isAnswered = true;
    this.#late?.();
    if (!this.#over) super.onFailure(failure);
  }

  override onMessage(message: JsonObject, data: string): void {
    if (!this.#over) super.onMessage(message, data);
  }

  untold(): void {
    const task = this.#task;
    this.#task = undefined;
    if (task === undefined || !cancelsTasks(this.#context.session)) return;
    cancelTask(this.#parts, this.#context, this.#request, task);
  }
}
