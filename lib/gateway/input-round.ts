import { randomUUID } from 'node:crypto';
import { err, isJsonObject, ok, type Json, type JsonObject, type Result } from '#lib/core';
import { SERVER_REQUESTS_MAX, UPSTREAM_TEXT_CHARS_MAX } from './constants.ts';
import type { AnswerLayout } from './locate-answer.ts';
import { nonsense, type UpstreamFailure } from './upstream-failure.ts';

/** What a server of the stateless era wants to know before it goes on (MCP 2026-07-28, multi round-trip requests). */
export interface InputRound {
  /** By the server's own name for it. */
  readonly asked: ReadonlyMap<string, InputRequest>;
  /** Given back as it came. */
  readonly requestState: string | undefined;
}

export interface InputRequest {
  readonly method: string;
  readonly params: JsonObject;
}

/** What a server may ask in this way. */
const METHODS: readonly Json[] = ['elicitation/create', 'sampling/createMessage', 'roots/list'];

/** Reads a result of type `input_required`. */
export function readInputRound(bytes: Buffer, { value }: AnswerLayout): Result<InputRound, UpstreamFailure> {
  const result = JSON.parse(bytes.toString('utf8', value.start, value.end)) as JsonObject;
  const { inputRequests, requestState } = result as { [key: string]: Json | undefined };
  const wellFormed =
    (inputRequests === undefined || isJsonObject(inputRequests)) &&
    (requestState === undefined || isText(requestState)) &&
    (inputRequests !== undefined || requestState !== undefined);
  if (!wellFormed) return err(nonsense('it wants input and does not say which'));
  const entries = Object.entries((inputRequests ?? {}) as JsonObject);
  if (entries.length > SERVER_REQUESTS_MAX)
    return err(nonsense('it wants more input at once than is relayed'));
  const asked = new Map<string, InputRequest>();
  for (const [key, request] of entries) {
    const method = isJsonObject(request) ? request['method'] : undefined;
    const params = isJsonObject(request) ? (request['params'] ?? {}) : undefined;
    if (!isText(key) || method === undefined || !METHODS.includes(method) || !isJsonObject(params)) {
      return err(nonsense('it wants input of a kind that its revision does not know'));
    }
    asked.set(key, { method: method as string, params });
  }
  return ok({ asked, requestState: requestState as string | undefined });
}

/** What goes back as it came has to have a text that can be sent. */
function isText(value: Json): boolean {
  return typeof value === 'string' && value.isWellFormed();
}

/** Ids of our own making, which end with the server's own name for what it asks. */
const OWN = 'input-';
const UUID_CHARS = 36;
/** An id is no longer than ids may be, whatever the server calls what it asks. */
const NAME_CHARS_SHOWN = 128;

/** The server's own name for a question that was put under such an id. */
export function nameOfInput(id: string): string | undefined {
  return id.startsWith(OWN) ? id.slice(OWN.length + UUID_CHARS + 1) : undefined;
}

type Answered = (answers: Result<JsonObject, UpstreamFailure>) => void;

/**
 * The questions of stateless servers that wait in this process. Each is put to the agent as one of the session era would
 * be, under an id that nobody else knows, and its answer comes back as a response with that id.
 */
export class InputQuestions {
  #open = new Map<string, (response: JsonObject) => void>();

  /** How many are put and not answered. */
  get waiting(): number {
    return this.#open.size;
  }

  /** Puts all questions of a round; tells their answers by the server's names, or of the first that was refused. */
  ask(round: InputRound, put: (message: JsonObject, data: string) => void, done: Answered): () => void {
    const answers = new Map<string, Json>();
    const ids = [...round.asked.keys()].map((key) => [idFor(key), key] as const);
    const withdraw = () => ids.forEach(([id]) => this.#open.delete(id));
    for (const [id, key] of ids) {
      this.#open.set(id, (response) => {
        const { result } = response;
        if (!isJsonObject(result)) {
          withdraw();
          return done(err(refusalOf(response)));
        }
        answers.set(key, result);
        if (answers.size === ids.length) done(ok(Object.fromEntries(answers)));
      });
    }
    if (ids.length === 0) setImmediate(() => done(ok({})));
    for (const [id, key] of ids) {
      if (!this.#open.has(id)) continue;
      const message = { jsonrpc: '2.0', id, ...(round.asked.get(key) as InputRequest) };
      put(message, JSON.stringify(message));
    }
    return withdraw;
  }

  /** Puts one question that has nothing to do with others. The id under which it is known is for whoever takes it back. */
  askOne(
    name: string,
    request: InputRequest,
    put: (message: JsonObject, data: string) => void,
    done: (answer: Result<JsonObject, UpstreamFailure>) => void,
  ): string {
    const id = idFor(name);
    this.#open.set(id, (response) => {
      const { result } = response;
      done(isJsonObject(result) ? ok(result) : err(refusalOf(response)));
    });
    const message = { jsonrpc: '2.0', id, ...request };
    put(message, JSON.stringify(message));
    return id;
  }

  /** Nobody waits for its answer any more. */
  forget(id: string): void {
    this.#open.delete(id);
  }

  /** A response that goes to a server: to a stateless one it is an answer to a question of its own, or nothing. */
  answer(response: JsonObject): void {
    const { id } = response;
    const waiting = typeof id === 'string' ? this.#open.get(id) : undefined;
    if (waiting === undefined) return;
    this.#open.delete(id as string);
    waiting(response);
  }
}

function idFor(name: string): string {
  return `${OWN}${randomUUID()} ${name.slice(0, NAME_CHARS_SHOWN)}`;
}

function refusalOf({ error }: JsonObject): UpstreamFailure {
  const message =
    isJsonObject(error) && typeof error['message'] === 'string' ? error['message'] : 'no reason';
  return {
    kind: 'refused',
    message: `asked for something first, which was refused: ${message.slice(0, UPSTREAM_TEXT_CHARS_MAX)}`,
  };
}
