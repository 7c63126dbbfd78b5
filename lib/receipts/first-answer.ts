interface Question {
  readonly silentAtMs: number;
  readonly silent: () => void;
  isAnswered: boolean;
}

/**
 * A connection that dies in silence never answers. After `waitMs` `silent` runs instead, and an answer that still comes
 * is ignored. One question at a time, looked after by whoever calls `check` now and then: a timer for each batch would
 * keep what the batch held in the collector's way.
 */
export class FirstAnswer {
  #question: Question | undefined;

  /** Whoever is answered calls the function that this returns. */
  expect(nowMs: number, waitMs: number, silent: () => void): (answer: () => void) => void {
    const question: Question = { silentAtMs: nowMs + waitMs, silent, isAnswered: false };
    this.#question = question;
    return (answer) => {
      if (question.isAnswered) return;
      question.isAnswered = true;
      if (this.#question === question) this.#question = undefined;
      answer();
    };
  }

  check(nowMs: number): void {
    const question = this.#question;
    if (question === undefined || nowMs < question.silentAtMs) return;
    this.#question = undefined;
    question.isAnswered = true;
    question.silent();
  }
}
