import { digestOf } from './digest-text.ts';
import { JsonScanError } from './json-error.ts';
import { bytesOf } from './json-members.ts';
import { locateAnswer, type AnswerLayout } from './locate-answer.ts';
import { PassingListener } from './passing-listener.ts';
import { extensionTask, withoutResultType } from './translate-task.ts';
import { nonsense } from './upstream-failure.ts';
import type { ValueDigest } from './upstream-types.ts';

/**
 * Hears a server with sessions that was asked for a task, for a client that takes one (2026-07-28): what comes of it is put as
 * a server without sessions would have. One that makes no task just does what it was called for.
 */
export class ToldCall extends PassingListener {
  onAnswer(bytes: Buffer, layout: AnswerLayout, received?: ValueDigest): void {
    if (layout.member === 'error') return this.listener.onAnswer(bytes, layout, received);
    let text: Buffer | undefined;
    try {
      text = extensionTask(bytes, layout) ?? withoutResultType(bytes, layout);
    } catch (error) {
      if (!(error instanceof JsonScanError)) throw error;
      return this.listener.onFailure(nonsense(`a task with ${error.message}`));
    }
    if (text === undefined) return this.listener.onAnswer(bytes, layout, received);
    const came = bytesOf(bytes, layout.value);
    const { start, end } = layout.value;
    const whole = Buffer.concat([bytes.subarray(0, start), text, bytes.subarray(end)]);
    // On a pipe the bytes have another id than the call.
    this.listener.onAnswer(whole, { ...locateAnswer(whole), id: layout.id }, received ?? digestOf(came));
  }
}
