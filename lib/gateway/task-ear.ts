import { isJsonObject, type Json, type JsonObject } from '#lib/core';
import { errorAnswer } from './ask-client.ts';
import { COUNTERSIGN_ERROR_CODE, EVENT_BYTES_MAX, SERVER_REQUESTS_MAX } from './constants.ts';
import { isId, type RpcId } from './parse-message.ts';
import type { ActContext, Parts } from './parts.ts';
import type { ClientAnswer } from './questions.ts';
import { QUESTION_KINDS, questionText } from './read-question.ts';
import type { SessionUpstream } from './session.ts';
import { relatedTaskOf, withoutTaskMeta } from './strip-meta.ts';
import { keepHeard, type Heard } from './task-home.ts';
import { closeWithdrawn } from './task-questions.ts';

const NO_QUESTION = errorAnswer(-32_601, 'No client is asked that.');
const NOT_OF_TASK = errorAnswer(-32_600, 'It does not belong to the task that was asked for.');
const TOO_MANY = errorAnswer(COUNTERSIGN_ERROR_CODE, 'more was asked than may be asked in one task.');
const UNREADABLE = errorAnswer(-32_602, 'The request can not be read.');
const NOT_KEPT = errorAnswer(COUNTERSIGN_ERROR_CODE, 'What was asked could not be kept.');

type Reply = (id: RpcId, answer: ClientAnswer) => Promise<unknown>;

/** What a server asks while it is asked about a task: kept for whoever looks next, or refused to the server at once. */
export class TaskEar {
  readonly #parts: Parts;
  readonly #context: ActContext;
  readonly #task: string;
  readonly #reply: Reply;
  #heard: Heard[] = [];
  /** Text of all that was heard. */
  #heardChars = 0;
  #asked = 0;
  /** The server's own ids of what it does not wait for any more. */
  #withdrawn = new Set<RpcId>();
  /** What the server is told one after another, however much it asks. */
  #told: Promise<unknown> = Promise.resolve();
  #onHeard: (() => void) | undefined;

  constructor(parts: Parts, context: ActContext, task: string, reply: Reply) {
    this.#parts = parts;
    this.#context = context;
    this.#task = task;
    this.#reply = reply;
  }

  /** Once something is heard that is to be kept. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#onHeard = resolve;
    });
  }

  hear(message: JsonObject, data: string): void {
    const { id, method, params } = message as { readonly [key: string]: Json | undefined };
    const given = isJsonObject(params) ? params : {};
    if (method === 'notifications/cancelled') return this.#withdraw(given['requestId']);
    if (!isId(id) || typeof method !== 'string') return;
    this.#asked += 1;
    if (this.#asked > SERVER_REQUESTS_MAX) return;
    const answer = this.#answerAtOnce(method, given, data);
    if (answer !== undefined) return void this.#tell(id, answer);
    this.#heard.push({ id, method, params: withoutTaskMeta(given) });
    this.#onHeard?.();
  }

  /** What was heard in this session. */
  async keep(upstream: SessionUpstream): Promise<void> {
    const heard = this.#heard.splice(0);
    if (heard.length > 0) {
      try {
        await this.#refuse(
          await keepHeard(this.#parts, this.#context, this.#task, upstream, heard),
          TOO_MANY,
        );
      } catch (error) {
        await this.#refuse(heard, NOT_KEPT);
        throw error;
      }
    }
    const withdrawn = [...this.#withdrawn];
    this.#withdrawn.clear();
    await closeWithdrawn(this.#parts, this.#context, this.#task, upstream, withdrawn);
    // A server that asks much keeps its own task's owner waiting, and nobody else.
    await this.#told;
  }

  /** It does not wait for an answer any more, to what was heard now or is known already. */
  #withdraw(id: Json | undefined): void {
    if (isId(id) && this.#withdrawn.size < SERVER_REQUESTS_MAX) this.#withdrawn.add(id);
  }

  /** To what nobody has to think about, or may be asked; undefined: that is still to be decided. */
  #answerAtOnce(method: string, params: JsonObject, data: string): ClientAnswer | undefined {
    if (method === 'ping') return { member: 'result', value: {} };
    if (!QUESTION_KINDS.has(method)) return NO_QUESTION;
    if (relatedTaskOf(params) !== this.#task) return NOT_OF_TASK;
    this.#heardChars += data.length;
    if (this.#heardChars > EVENT_BYTES_MAX) return TOO_MANY;
    return hasText(params) ? undefined : UNREADABLE;
  }

  async #refuse(questions: readonly Heard[], answer: ClientAnswer): Promise<void> {
    await Promise.all(questions.map(({ id }) => this.#tell(id, answer)));
  }

  #tell(id: RpcId, answer: ClientAnswer): Promise<unknown> {
    this.#told = this.#told.then(() => this.#reply(id, answer));
    return this.#told;
  }
}

/** A number that is none, or a surrogate alone: it could not be hashed, and what is kept in its place would be another question. */
function hasText(params: JsonObject): boolean {
  try {
    questionText(params);
    return true;
  } catch {
    return false;
  }
}
