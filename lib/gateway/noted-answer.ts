import type { AnswerLayout } from './locate-answer.ts';
import type { Parts } from './parts.ts';
import { PassingListener } from './passing-listener.ts';
import type { UpstreamListener, ValueDigest } from './upstream-types.ts';

/** Keeps something of a result, before the agent is told of it; undefined where there is nothing to keep. */
export type NoteAnswer = (bytes: Buffer, layout: AnswerLayout) => Promise<void> | undefined;

/** Passes an answer on once it is noted what follows from it. What can't be noted did not succeed. */
export class NotedAnswer extends PassingListener {
  #parts: Parts;
  #note: NoteAnswer;

  constructor(parts: Parts, note: NoteAnswer, listener: UpstreamListener) {
    super(listener);
    this.#parts = parts;
    this.#note = note;
  }

  onAnswer(bytes: Buffer, layout: AnswerLayout, received?: ValueDigest): void {
    const tell = () => this.listener.onAnswer(bytes, layout, received);
    const noted = layout.member === 'error' ? undefined : this.#note(bytes, layout);
    if (noted === undefined) return tell();
    noted.then(tell, (error: unknown) => {
      this.#parts.telemetry.logger.error({ err: error }, 'what an answer means could not be kept');
      this.listener.onFailure({ kind: 'refused', message: 'agreed, but it could not be noted here.' });
    });
  }
}
