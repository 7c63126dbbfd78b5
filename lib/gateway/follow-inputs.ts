import type { JsonObject, Result } from '#lib/core';
import { sha256Hex } from './digest-text.ts';
import type { InputQuestions, InputRequest } from './input-round.ts';
import type { UpstreamFailure } from './upstream-failure.ts';

/** A question of a task, as it was put last by this name. */
interface Known {
  readonly sha256: string;
  /** The id under which the client's side has it; undefined once it was answered. */
  id: string | undefined;
}

/** The client's side of the call. */
interface ClientSide {
  /** Says to the client what a server with sessions would. */
  readonly put: (message: JsonObject, data: string) => void;
  /** There is an answer to be brought to the server. */
  readonly answered: () => void;
  /** It was not answered, and the server can't be told so. */
  readonly refused: (failure: UpstreamFailure) => void;
}

/** What a task asks inside the call that waits for it: each once, for as long as the task names it among what it waits for. */
export class FollowedInputs {
  #questions: InputQuestions;
  #client: ClientSide;
  #known = new Map<string, Known>();
  #given = new Map<string, JsonObject>();
  #over = false;

  constructor(questions: InputQuestions, client: ClientSide) {
    this.#questions = questions;
    this.#client = client;
  }

  /** All that the task waits for now. */
  see(asked: ReadonlyMap<string, InputRequest>): void {
    const wanted = new Map([...asked].map(([name, request]) => [name, sha256Hex(JSON.stringify(request))]));
    for (const [name, known] of this.#known)
      if (wanted.get(name) !== known.sha256) this.#takeBack(name, known);
    for (const [name, request] of asked) {
      const sha256 = wanted.get(name) as string;
      // What was answered may be named for a moment longer (extension, Task Update Requests).
      if (!this.#over && this.#known.get(name)?.sha256 !== sha256) this.#ask(name, request, sha256);
    }
  }

  /** The answers that were given and not taken yet, by the server's names; undefined: none. */
  take(): JsonObject | undefined {
    if (this.#given.size === 0) return undefined;
    const taken = Object.fromEntries(this.#given);
    this.#given.clear();
    return taken;
  }

  get hasAnswers(): boolean {
    return this.#given.size > 0;
  }

  /** Nobody waits any more. The call's end tells the client so. */
  close(): void {
    this.#over = true;
    for (const { id } of this.#known.values()) if (id !== undefined) this.#questions.forget(id);
  }

  #ask(name: string, request: InputRequest, sha256: string): void {
    const known: Known = { sha256, id: undefined };
    this.#known.set(name, known);
    known.id = this.#questions.askOne(name, request, this.#client.put, (answer) => {
      known.id = undefined;
      if (!this.#over) this.#take(name, answer);
    });
    // One question too many ends the call while it is put.
    if (this.#over) this.#questions.forget(known.id);
  }

  #take(name: string, answer: Result<JsonObject, UpstreamFailure>): void {
    if (!answer.ok) return this.#client.refused(answer.error);
    this.#given.set(name, answer.value);
    this.#client.answered();
  }

  /**
   * It asks that no more: whoever thinks about it hears so, as of any server that withdraws what it asked. An answer that was not
   * brought yet is none to what it may ask next by this name.
   */
  #takeBack(name: string, { id: requestId }: Known): void {
    if (requestId === undefined) {
      if (this.#given.delete(name)) this.#known.delete(name);
      return;
    }
    this.#questions.forget(requestId);
    this.#known.delete(name);
    const params = { requestId, reason: 'the task does not wait for it any more' };
    const message = { jsonrpc: '2.0', method: 'notifications/cancelled', params };
    this.#client.put(message, JSON.stringify(message));
  }
}
