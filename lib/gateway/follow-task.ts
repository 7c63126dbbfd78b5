import { isJsonObject, ok, type JsonObject, type ReceiptId } from '#lib/core';
import type { ActFacts } from './act-drafts.ts';
import { EVENT_BYTES_MAX, UPSTREAM_TEXT_CHARS_MAX } from './constants.ts';
import { digestOf } from './digest-text.ts';
import { ExtensionLine, type StateAnswer } from './extension-line.ts';
import { FollowedInputs } from './follow-inputs.ts';
import { readInputRound, type InputRound } from './input-round.ts';
import { JsonScanError } from './json-error.ts';
import { bytesOf, objectAt } from './json-members.ts';
import { answerAround, readMember } from './locate-answer.ts';
import { isId, wireIdOf } from './parse-message.ts';
import type { Parts } from './parts.ts';
import { readStatelessAnswer } from './read-stateless-answer.ts';
import type { TaskAnswer } from './task-line.ts';
import { taskPauseMs } from './task-pause.ts';
import { isEnd, readNewTask, readTaskState } from './task-state.ts';
import { nonsense, onceBegun, tooLarge, type UpstreamFailure } from './upstream-failure.ts';
import type { UpstreamSend } from './upstream-link.ts';
import type { NewTask, UpstreamCall, UpstreamListener } from './upstream-types.ts';

/**
 * A call whose server has made a task of it, having no other way: its end is waited for here, as the extension has it for clients
 * that know results alone (Backwards Compatibility), and what it asks is asked inside the call. Nobody is told of the task, and
 * it is given up with the call.
 */
export class FollowedTask implements UpstreamCall {
  readonly retryMs = undefined;
  #parts: Parts;
  #facts: ActFacts;
  #callId: ReceiptId;
  #request: UpstreamSend;
  #listener: UpstreamListener;
  #inputs: FollowedInputs;
  #line: ExtensionLine | undefined;
  #wake: (() => void) | undefined;
  /** Access may have ended: the next pause is none. */
  #hurries: boolean;
  #progress = 0;
  #said: string | undefined;
  /** Why it has not taken an answer: it may have ended meanwhile, which comes out at the next look. */
  #untaken: UpstreamFailure | undefined;
  #hasEnded = false;
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
    const { principal, revocationsSeen } = facts.context;
    this.#hurries = parts.recent.touched(principal, revocationsSeen);
    this.#inputs = new FollowedInputs(parts.upstream.questions, {
      put: (message, data) => listener.onMessage(message, data),
      answered: () => this.#wake?.(),
      refused: (failure) => void this.#fail(failure),
    });
  }

  begin(made: NewTask): this {
    this.#progress = made.progress;
    try {
      const read = readNewTask(made.bytes, made.layout.value);
      if (read.ok)
        this.#follow(read.value.id, this.#goesOn(made, 0)).catch((error: unknown) => this.#broke(error));
      else this.#fail(read.error);
    } catch (error) {
      this.#broke(error);
    }
    return this;
  }

  abort(): void {
    if (!this.#over) this.#leave();
  }

  release(): void {
    this.#line?.release();
  }

  recheck(): void {
    this.#hurries = true;
    this.#wake?.();
  }

  async #follow(task: string, firstPause: number): Promise<void> {
    const line = new ExtensionLine(this.#parts, this.#facts, this.#callId, this.#request, task);
    this.#line = line;
    const letGo = this.#parts.upstream.hold(this.#request);
    try {
      const since = performance.now();
      for (let pause = firstPause; !this.#over;) {
        if (!this.#inputs.hasAnswers) await this.#rest(pause);
        await this.#bringAnswers(line);
        pause = await this.#look(line, since);
      }
    } finally {
      letGo();
    }
  }

  /** Not longer than until there is an answer to be brought, or access is lost. */
  async #rest(ms: number): Promise<void> {
    const hurries = this.#hurries;
    this.#hurries = false;
    if (this.#over || hurries) return;
    this.#listener.onPause?.(ms);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms).unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }

  async #bringAnswers(line: ExtensionLine): Promise<void> {
    const inputResponses = this.#inputs.take();
    if (this.#over || inputResponses === undefined) return;
    const told = await line.ask('tasks/update', { inputResponses }, (ms) => this.#rest(ms));
    if (this.#over) return;
    if (!told.ok) this.#fail(told.error);
    else if (told.value.layout.member === 'error')
      this.#untaken = refusal('does not take what it asked for', told.value);
  }

  /** How long it goes on without being looked at; nothing of what it said is held meanwhile. */
  async #look(line: ExtensionLine, since: number): Promise<number> {
    if (this.#over) return 0;
    // It has its time for each answer.
    this.#listener.onPause?.(0);
    const answer = await line.ask('tasks/get', {}, (ms) => this.#rest(ms));
    if (this.#over) return 0;
    if (!answer.ok) this.#fail(answer.error);
    else if (this.#judge(line.task, answer.value)) {
      line.release();
      return this.#goesOn(answer.value, performance.now() - since);
    }
    return 0;
  }

  /** Whether it goes on. */
  #judge(task: string, state: StateAnswer): boolean {
    const { bytes, layout } = state;
    if (layout.member === 'error') return this.#fail(refusal('does not say what the call came to', state));
    const read = readTaskState(bytes, layout.value);
    if (!read.ok) return this.#fail(read.error);
    const { id, status } = read.value;
    if (id !== task) return this.#fail(nonsense('another task than it was asked about'));
    this.#hasEnded = isEnd(status);
    if (status === 'cancelled') return this.#fail(CANCELLED);
    if (status === 'completed') return this.#tell(state, 'result');
    if (status === 'failed') return this.#tell(state, 'error');
    if (this.#untaken !== undefined) return this.#fail(this.#untaken);
    if (bytes.length > EVENT_BYTES_MAX) return this.#fail(tooLarge('the state of a task', EVENT_BYTES_MAX));
    const round = status === 'working' ? NOTHING_ASKED : readInputRound(bytes, layout);
    if (!round.ok) return this.#fail(round.error);
    this.#inputs.see(round.value.asked);
    return !this.#over;
  }

  #goesOn(state: TaskAnswer, elapsedMs: number): number {
    this.#passOn(state);
    return taskPauseMs(readMember(state.bytes, state.layout.value, 'pollIntervalMs'), elapsedMs);
  }

  /** What it says of how far it is, where that is new and the client wants to know: a task has no other progress. */
  #passOn({ bytes, layout }: TaskAnswer): void {
    const token = progressToken(this.#facts.context.message.params);
    const said = readMember(bytes, layout.value, 'statusMessage');
    if (this.#over || token === undefined || typeof said !== 'string') return;
    const message = said.slice(0, UPSTREAM_TEXT_CHARS_MAX).toWellFormed();
    if (message === this.#said) return;
    this.#said = message;
    this.#progress += 1;
    const params = { progressToken: token, progress: this.#progress, message };
    const told = { jsonrpc: '2.0', method: 'notifications/progress', params };
    this.#listener.onMessage(told, JSON.stringify(told));
  }

  /** As the answer to the call, in the words of a server with sessions. */
  #tell({ bytes, layout, received }: StateAnswer, member: 'result' | 'error'): false {
    const value = objectAt(bytes, layout.value, member);
    if (value === undefined) return this.#fail(nonsense('an end without what it came to'));
    const own = answerAround(wireIdOf(this.#facts.context.message), member, bytesOf(bytes, value));
    const answer = readStatelessAnswer({ method: 'tools/call' }, own.bytes, own.layout);
    if ('kind' in answer) return this.#fail(answer);
    this.#over = true;
    this.#inputs.close();
    this.#listener.onAnswer(answer.bytes, answer.layout, received ?? digestOf(bytesOf(bytes, layout.value)));
    return false;
  }

  #broke(error: unknown): void {
    if (error instanceof JsonScanError) return void this.#fail(nonsense(`a task with ${error.message}`));
    this.#parts.telemetry.logger.error({ err: error }, 'a task could not be followed');
    this.#fail({ kind: 'refused', message: 'could not be asked what the call came to.' });
  }

  #fail(failure: UpstreamFailure): false {
    if (this.#over) return false;
    this.#leave();
    this.#listener.onFailure(onceBegun(failure));
    return false;
  }

  #leave(): void {
    this.#over = true;
    this.#inputs.close();
    this.#wake?.();
    this.#line?.abort();
    if (!this.#hasEnded) this.#line?.cancel();
  }
}

const NOTHING_ASKED = ok<Pick<InputRound, 'asked'>>({ asked: new Map() });
const CANCELLED: UpstreamFailure = { kind: 'refused', message: 'has cancelled what was called.' };

function refusal(words: string, { bytes, layout }: TaskAnswer): UpstreamFailure {
  const said = readMember(bytes, layout.value, 'message');
  const why = typeof said === 'string' ? said.slice(0, UPSTREAM_TEXT_CHARS_MAX).toWellFormed() : 'no reason';
  return { kind: 'refused', message: `made a task of the call, and ${words}: ${why}` };
}

function progressToken(params: JsonObject | undefined): string | number | undefined {
  const meta = params?.['_meta'];
  const token = isJsonObject(meta) ? meta['progressToken'] : undefined;
  return isId(token) ? token : undefined;
}
