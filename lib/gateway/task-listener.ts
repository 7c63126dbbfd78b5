import type { ReceiptId } from '#lib/core';
import type { ActFacts } from './act-drafts.ts';
import { META_PREFIX } from './constants.ts';
import { digestOf } from './digest-text.ts';
import { bytesOf, joined, membersOf, objectAt } from './json-members.ts';
import { locateAnswer, type AnswerLayout, type Span } from './locate-answer.ts';
import { JsonScanError } from './json-error.ts';
import type { Parts } from './parts.ts';
import { PassingListener } from './passing-listener.ts';
import { closeInputs, putInputs } from './task-inputs.ts';
import { readTaskState } from './task-state.ts';
import { nonsense } from './upstream-failure.ts';
import type { UpstreamListener, ValueDigest } from './upstream-types.ts';

/**
 * Hears what a server says of a task (2026-07-28, tasks/get), before the act does: what it wants of the client is put as
 * any question is, and what it came to says nothing that only we may say.
 */
export class TaskListener extends PassingListener {
  #parts: Parts;
  #facts: ActFacts;
  #attempt: ReceiptId;

  constructor(parts: Parts, facts: ActFacts, attempt: ReceiptId, listener: UpstreamListener) {
    super(listener);
    this.#parts = parts;
    this.#facts = facts;
    this.#attempt = attempt;
  }

  onAnswer(bytes: Buffer, layout: AnswerLayout, received?: ValueDigest): void {
    if (layout.member === 'error') return this.listener.onAnswer(bytes, layout, received);
    const read = readTaskState(bytes, layout.value);
    if (!read.ok) return this.listener.onFailure(read.error);
    const { id, status } = read.value;
    // The act says what is wrong with it.
    if (id !== this.#facts.context.task?.id || status === 'working')
      return this.listener.onAnswer(bytes, layout, received);
    if (status !== 'input_required') return this.#endWith(id, () => this.#tellEnd(bytes, layout, received));
    putInputs(this.#parts, this.#facts, this.#attempt, id, { bytes, layout }).then(
      (put) => {
        if (!put.ok) return this.listener.onFailure(put.error);
        const text = Buffer.from(JSON.stringify(put.value));
        this.#tell(bytes, layout, received, valueAt(bytes, layout.value, ['inputRequests']), text);
      },
      (error: unknown) => this.#unnoted(error),
    );
  }

  /** What was asked and not answered has an end before that of the task is told. */
  #endWith(id: string, tell: () => void): void {
    const { upstream } = this.#facts.context.session.state;
    // Where the server has sessions that was done already (`look-at-task.ts`).
    if (upstream.era === 'session') return tell();
    closeInputs(this.#parts, this.#facts, id).then(tell, (error: unknown) => this.#unnoted(error));
  }

  #unnoted(error: unknown): void {
    this.#parts.telemetry.logger.error({ err: error }, 'what a task asks could not be receipted');
    this.listener.onFailure({ kind: 'refused', message: 'asks for something, and it could not be noted.' });
  }

  /** In the result, or the error's data, as in those of a call. */
  #tellEnd(bytes: Buffer, layout: AnswerLayout, received: ValueDigest | undefined): void {
    try {
      const meta =
        valueAt(bytes, layout.value, ['result', '_meta']) ??
        valueAt(bytes, layout.value, ['error', 'data', '_meta']);
      const text = meta && withoutOurs(bytes, meta);
      this.#tell(bytes, layout, received, text && meta, text);
    } catch (error) {
      if (!(error instanceof JsonScanError)) throw error;
      this.listener.onFailure(nonsense(`a task whose end has ${error.message}`));
    }
  }

  /** The answer with this text in place of what was there. */
  #tell(
    bytes: Buffer,
    layout: AnswerLayout,
    received: ValueDigest | undefined,
    place: Span | undefined,
    text: Buffer | undefined,
  ): void {
    if (place === undefined || text === undefined) return this.listener.onAnswer(bytes, layout, received);
    const whole = Buffer.concat([bytes.subarray(0, place.start), text, bytes.subarray(place.end)]);
    const digest = received ?? digestOf(bytesOf(bytes, layout.value));
    // On a pipe the bytes have another id than the call.
    this.listener.onAnswer(whole, { ...locateAnswer(whole), id: layout.id }, digest);
  }
}

/** The object at the end of this path; undefined where there is none. */
function valueAt(bytes: Buffer, object: Span, path: readonly string[]): Span | undefined {
  return path.reduce<Span | undefined>((at, key) => at && objectAt(bytes, at, key), object);
}

/** `_meta` without members of ours; undefined where it has none. */
function withoutOurs(bytes: Buffer, meta: Span): Buffer | undefined {
  const members = membersOf(bytes, meta);
  const kept = members.filter(({ key }) => !key.startsWith(META_PREFIX));
  if (kept.length === members.length) return undefined;
  return Buffer.concat([Buffer.from('{'), joined(kept.map((one) => bytesOf(bytes, one))), Buffer.from('}')]);
}
