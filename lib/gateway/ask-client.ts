import { isJsonObject, type Json, type ReceiptId } from '#lib/core';
import { COUNTERSIGN_ERROR_CODE, QUESTION_MS_MAX } from './constants.ts';
import { decideQuestion, receiptOf, type Asking, type DecidedQuestion } from './decide-question.ts';
import { sha256Hex } from './digest-text.ts';
import type { OutcomeStatus, ReceiptDraft } from '#lib/receipts';
import type { Parts } from './parts.ts';
import type { ClientAnswer, OpenQuestion } from './questions.ts';
import { findClientProblem, type AskedQuestion } from './read-question.ts';
import type { Session } from './session.ts';
import { ofTask, relatedTaskOf, withoutOtherTask, withoutOurMeta } from './strip-meta.ts';
import { NOT_SWEPT, type Swept } from './sweeper.ts';

/** The agent's side, however it is asked. */
export interface ClientSide {
  /** Puts a question to the agent under this id. False: nothing can be said to it any more. */
  ask(id: string, asked: AskedQuestion): boolean;
  /** Nobody waits for the answer any more. */
  withdraw(id: string, reason: string): void;
}

/** What the server that asked is told. Undefined: nothing, for it does not wait any more. */
export type ServerAnswer = ClientAnswer | undefined;

/** A question under way. */
export interface Asked {
  /** The client is told that nobody waits any more, and the server what it is given here, if it still does. */
  withdraw(reason: string, answer?: ClientAnswer): void;
}

/**
 * Puts what a server asks to the client: decided, and in the log before the client hears of it; its answer is in the
 * log before the server does. `done` is called exactly once. Undefined: it was over at once.
 */
export function askClient(
  parts: Parts,
  asking: Asking & { readonly client: ClientSide },
  asked: AskedQuestion,
  done: (answer: ServerAnswer) => void,
): Asked | undefined {
  const decided = decideQuestion(parts, asking, asked);
  if (decided.ok) return new Question(parts, asking, decided.value, done).begin();
  const { code, reason, draft } = decided.error;
  const denial = receiptOf(draft, parts.newReceiptId(), parts.clock.now(), 'denied');
  asking.context.log.append(denial).then(
    () => done(errorAnswer(code, reason)),
    (error: unknown) => {
      noteUnlogged(parts, error);
      done(UNLOGGED);
    },
  );
  return undefined;
}

export function errorAnswer(code: number, message: string): ClientAnswer {
  return { member: 'error', value: { code, message } };
}

const UNLOGGED = errorAnswer(COUNTERSIGN_ERROR_CODE, 'The receipt log can not be reached now.');
const TIMED_OUT = errorAnswer(COUNTERSIGN_ERROR_CODE, 'The client did not answer in time.');
const GONE = errorAnswer(COUNTERSIGN_ERROR_CODE, 'The client can not be reached now.');
const TOO_MANY = errorAnswer(COUNTERSIGN_ERROR_CODE, 'Too many questions wait for this client already.');

class Question implements Asked, OpenQuestion, Swept {
  sweepSlot = NOT_SWEPT;
  readonly id: ReceiptId;
  readonly session: Session;
  readonly progressToken: Json | undefined;
  #parts: Parts;
  #asking: Asking & { readonly client: ClientSide };
  #decided: DecidedQuestion;
  #done: (answer: ServerAnswer) => void;
  /** The client was asked and nothing has come of it yet. */
  #open = false;
  #ended = false;
  #told = false;
  #askedAt = 0;
  #deadline = 0;

  constructor(
    parts: Parts,
    asking: Asking & { readonly client: ClientSide },
    decided: DecidedQuestion,
    done: (answer: ServerAnswer) => void,
  ) {
    this.#parts = parts;
    this.#asking = asking;
    this.#decided = decided;
    this.#done = done;
    this.id = parts.newReceiptId();
    this.session = asking.context.session;
    const meta = decided.read.params['_meta'];
    this.progressToken = isJsonObject(meta) ? meta['progressToken'] : undefined;
  }

  /** The question is in the log before anybody is asked. */
  begin(): this {
    this.#askedAt = this.#parts.clock.now();
    const full = !this.#parts.questions.add(this);
    const held = receiptOf(this.#decided.draft, this.id, this.#askedAt, full ? 'failed' : 'held');
    this.#asking.context.log.append(held).then(
      () => (full ? this.#tell(TOO_MANY) : this.#put()),
      (error: unknown) => {
        noteUnlogged(this.#parts, error);
        this.#tell(UNLOGGED);
      },
    );
    return this;
  }

  withdraw(reason: string, answer?: ClientAnswer): void {
    if (this.#ended) return;
    if (this.#open) this.#asking.client.withdraw(this.id, reason);
    this.#close('cancelled', answer);
  }

  sweep(now: number): void {
    if (now < this.#deadline || this.#ended) return;
    this.#asking.client.withdraw(this.id, 'timed out');
    this.#close('timed_out', TIMED_OUT);
  }

  problemWith(answer: ClientAnswer): string | undefined {
    const { asked, read } = this.#decided;
    return findClientProblem(asked.method, read.params, answer);
  }

  answer({ member, value }: ClientAnswer, done: (error: Error | null) => void): void {
    const named = relatedTaskOf(this.#decided.asked.params);
    const own = withoutOtherTask(withoutOurMeta(value), named);
    // A client without a session knows of no such task, and its server wants it named.
    const isUnnamed = named !== undefined && this.session.single !== undefined && member === 'result';
    const answer = { member, value: isUnnamed ? ofTask(own, named) : own };
    this.#leave();
    this.#write(member === 'result' ? 'ok' : 'rpc_error', answer).then(
      () => {
        done(null);
        this.#tell(answer);
      },
      (error: unknown) => {
        done(error instanceof Error ? error : new Error('an answer could not be written'));
        this.#tell(UNLOGGED);
      },
    );
  }

  #put(): void {
    if (this.#ended) return;
    const { asked, read } = this.#decided;
    this.#open = this.#asking.client.ask(this.id, { ...asked, params: read.params });
    if (!this.#open) return this.#close('failed', GONE);
    this.#deadline = performance.now() + QUESTION_MS_MAX;
    this.#parts.sweeper.add(this);
  }

  /** Without an answer of the client; what the server is told says nothing that needed a receipt first. */
  #close(status: OutcomeStatus, answer: ServerAnswer): void {
    this.#leave();
    this.#write(status, undefined).catch((error: unknown) => noteUnlogged(this.#parts, error));
    this.#tell(answer);
  }

  #leave(): void {
    this.#ended = true;
    this.#parts.sweeper.delete(this);
    this.#parts.questions.remove(this);
  }

  /** The receipt of the end names that of the question; the arguments' text stays with the question. */
  async #write(status: OutcomeStatus, answer: ClientAnswer | undefined): Promise<void> {
    const { arguments: asked, context: _context, ...draft } = this.#decided.draft;
    const at = this.#parts.clock.now();
    await this.#asking.context.log.append({
      ...draft,
      id: this.#parts.newReceiptId(),
      at,
      status,
      ...(asked === undefined ? {} : { arguments: { sha256: asked.sha256, bytes: asked.bytes } }),
      ...(answer === undefined ? {} : { result: resultOf(answer) }),
      timing: { receivedMs: this.#askedAt, answeredMs: at },
      details: { question: this.id },
    });
  }

  #tell(answer: ServerAnswer): void {
    if (this.#told) return;
    this.#told = true;
    this.#leave();
    this.#done(answer);
  }
}

/** Over the value's text as the server gets it (FORMATS 1, `result`). */
export function resultOf({ member, value }: ClientAnswer): NonNullable<ReceiptDraft['result']> {
  const bytes = Buffer.from(JSON.stringify(value));
  return { bytes, sha256: sha256Hex(bytes), length: bytes.length, member };
}

function noteUnlogged(parts: Parts, error: unknown): void {
  parts.telemetry.logger.error({ err: error }, 'a question of a server to the client could not be receipted');
}
