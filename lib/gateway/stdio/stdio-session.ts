import { isJsonObject, type JsonObject } from '#lib/core';
import type { ProcessEnd, ProcessListener, StdioProcess } from '#lib/stdio';
import type { HeldBody, HeldBytes } from '../held-bytes.ts';
import { JsonScanError } from '../json-error.ts';
import { assertMessage, locateStreamAnswer, type AnswerLayout } from '../locate-answer.ts';
import { relatedTaskOf } from '../strip-meta.ts';
import { NOT_SWEPT, type Swept } from '../sweeper.ts';
import type { UpstreamOwner } from '../upstream-owner.ts';
import { nonsense, tooLarge, type UpstreamFailure } from '../upstream-failure.ts';
import type { UpstreamSend } from '../upstream-link.ts';
import { ENDED, NOT_READING } from './failures.ts';
import { OutputFlow } from './output-flow.ts';
import { locateMessage, replaceSpans, textOf } from './locate-message.ts';
import { PendingCalls } from './pending-calls.ts';
import { ProcessLines } from './process-lines.ts';
import { SessionListeners } from './session-listeners.ts';
import type { StdioCall } from './stdio-call.ts';
import { STDIO_UNUSED_MS } from './constants.ts';

/** The first word to a process, until it has answered. */
interface Greeting {
  readonly call: StdioCall;
  /** Whether it speaks the stateless era. */
  readonly isQuestion: boolean;
}

/** One process and the MCP session with it: many calls on one pipe, kept apart by ids of our own. */
export class StdioSession implements ProcessListener, Swept {
  sweepSlot = NOT_SWEPT;
  readonly id: string;
  readonly owner: UpstreamOwner;
  readonly url: string;
  /** Names the try to open it: what else is said in that goes to this process, too. */
  readonly opening: string | undefined;
  lastUsedAt = performance.now();
  #process: StdioProcess | undefined;
  #lines: ProcessLines;
  #lineBytesMax: number;
  #flow = new OutputFlow();
  #calls = new PendingCalls();
  #listeners = new SessionListeners();
  #greeting: Greeting | undefined;
  #isUsed = false;
  #holders = 0;
  #ended = false;
  #on: { readonly open: () => void; readonly end: () => void };

  constructor(
    id: string,
    { owner, url, opening }: Pick<StdioSession, 'owner' | 'url' | 'opening'>,
    limits: { readonly held: HeldBytes; readonly lineBytesMax: number },
    on: { readonly open: () => void; readonly end: () => void },
  ) {
    this.id = id;
    this.owner = owner;
    this.url = url;
    this.opening = opening;
    this.#on = on;
    this.#lineBytesMax = limits.lineBytesMax;
    const { held, lineBytesMax } = limits;
    this.#lines = new ProcessLines(held, owner.tenant, lineBytesMax, (line, body) => this.#line(line, body));
  }

  /** Is this session's from now on. */
  runs(process: StdioProcess): void {
    this.#process = process;
  }

  /** Says initialize, or asks whether it speaks the stateless era: a program that does not may say or do anything. */
  greet(request: UpstreamSend, call: StdioCall): void {
    const isQuestion = request.session?.era === 'stateless';
    this.#greeting = { call, isQuestion };
    this.#post(request, call);
    if (!isQuestion) call.onAbort = () => this.kill('fault');
  }

  get lenient(): boolean {
    return this.#greeting?.isQuestion === true;
  }

  get isIdle(): boolean {
    return this.#calls.size === 0 && this.#holders === 0 && !this.#listeners.hasStream;
  }

  /** Somebody comes again, though nothing is asked of it for a while. What is returned is to be called once. */
  hold(): () => void {
    this.#holders += 1;
    return () => {
      this.#holders -= 1;
      this.lastUsedAt = performance.now();
    };
  }

  post(request: UpstreamSend, call: StdioCall): void {
    this.#isUsed = true;
    this.#post(request, call);
  }

  #post(request: UpstreamSend, call: StdioCall): void {
    this.lastUsedAt = performance.now();
    const bytes = Buffer.from(request.body ?? '', 'utf8');
    const layout = locateMessage(bytes);
    if (request.expects !== 'acceptance' && layout.id !== undefined) {
      const { wireId, text } = this.#calls.add(call, request.bytesMax, bytes, layout);
      call.onAbort = () => this.#cancel(wireId);
      if (this.#write(text)) return;
      this.#calls.take(wireId);
      setImmediate(() => call.fail(NOT_READING));
      return;
    }
    // Giving a call up has told the process so, under the id that it knows.
    const isSent = layout.method === 'notifications/cancelled' || this.#write(bytes.toString('utf8'));
    setImmediate(() => (isSent ? call.end() : call.fail(NOT_READING)));
  }

  /** From now on this hears what is said outside of calls. */
  listen(call: StdioCall): void {
    this.lastUsedAt = performance.now();
    call.onAbort = () => {
      this.#listeners.delete(call);
      this.lastUsedAt = performance.now();
    };
    setImmediate(() => {
      if (this.#ended) return call.end();
      call.head(undefined);
      this.#listeners.add(call);
    });
  }

  onChunk(chunk: Buffer): void {
    const problem = this.#lines.push(chunk);
    if (problem === 'too_large') this.#fault(tooLarge('a message', this.#lineBytesMax));
    else if (problem === 'no_room') {
      const message = 'answered, but results of other calls fill the memory set aside for them.';
      this.#fault({ kind: 'too_large', message });
    } else if (this.#flow.isTooMuch(performance.now(), this.#backlog())) this.#process?.pause();
  }

  onEnd({ message }: ProcessEnd): void {
    const wasGreeted = this.#greeting?.isQuestion === false;
    this.#endAll({ kind: wasGreeted ? 'unreachable' : 'cut_off', message });
  }

  sweep(now: number): void {
    if (this.#flow.mayGoOn(now, this.#backlog())) this.#process?.resume();
    // One that nobody says more to than hello was not wanted: its version is not spoken here, or nobody came back.
    const limit = this.#isUsed ? (this.#process?.idleMs ?? 0) : STDIO_UNUSED_MS;
    if (this.isIdle && now - this.lastUsedAt >= limit) this.close();
  }

  /** Ends politely: its standard input is closed. */
  close(): void {
    this.#process?.stop();
    this.#endAll(ENDED);
  }

  /** Ends at once. */
  kill(why: 'wish' | 'fault'): void {
    this.#process?.kill(why);
    this.#endAll(ENDED);
  }

  #write(text: string): boolean {
    // In JSON a bare line feed can only be white space; on this pipe it would end the message.
    return this.#process?.write(text.replaceAll('\n', ' ')) ?? false;
  }

  #cancel(wireId: number): void {
    if (this.#calls.take(wireId) === undefined) return;
    const params = { requestId: wireId, reason: 'nobody waits any more' };
    this.#write(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params }));
  }

  #line(bytes: Buffer, body: HeldBody): void {
    try {
      const layout = locateStreamAnswer(bytes);
      if (layout !== undefined) return this.#answer(bytes, layout, body);
      // Passed on at once, so nothing is held of it any more.
      body.release();
      assertMessage(bytes);
      this.#message(bytes);
    } catch (error) {
      body.release();
      if (bytes.toString('utf8').trim() === '') return;
      if (!(error instanceof JsonScanError || error instanceof SyntaxError)) throw error;
      this.#fault(nonsense('a line on its standard output that is not JSON-RPC'));
    }
  }

  #answer(bytes: Buffer, layout: AnswerLayout, body: HeldBody): void {
    const pending = this.#calls.take(Number(layout.id));
    this.lastUsedAt = performance.now();
    if (pending === undefined) {
      this.#flow.add(bytes.length);
      return body.release();
    }
    const { call, bytesMax } = pending;
    if (bytes.length > bytesMax) {
      body.release();
      return call.fail(tooLarge('an answer', bytesMax));
    }
    const greeting = this.#greeting?.call === call ? this.#greeting : undefined;
    this.#greeting = undefined;
    if (greeting === undefined) return call.answer(bytes, layout, body);
    if (layout.member === 'result') this.#on.open();
    call.head(this.id);
    call.answer(bytes, layout, body);
    // Whoever does not know the question is told initialize.
    if (layout.member === 'error' && !greeting.isQuestion) this.close();
  }

  #message(bytes: Buffer): void {
    this.#flow.add(bytes.length);
    const { method, progress, subscription } = locateMessage(bytes);
    if (method === 'notifications/progress') {
      const call = progress && this.#calls.find(Number(textOf(bytes, progress)));
      if (call?.progressToken === undefined) return;
      const text = replaceSpans(bytes, [[progress, call.progressToken]]);
      return call.message(JSON.parse(text) as JsonObject, text);
    }
    const data = bytes.toString('utf8');
    const message: unknown = JSON.parse(data);
    if (!isJsonObject(message)) return this.#fault(nonsense('a message that is not an object'));
    const stream = subscription && textOf(bytes, subscription);
    if (this.#calls.tellStream(message, stream, data)) return;
    const task = isJsonObject(message['params']) ? relatedTaskOf(message['params']) : undefined;
    if (this.#calls.tellLookers(message, task, data)) return;
    this.#listeners.tell(this.#calls.listening(task), method, { message, data });
  }

  /** How much waits for the slowest of those who hear this process. */
  #backlog(): number {
    return Math.max(this.#listeners.backlog, this.#calls.backlog);
  }

  /** Nothing that comes after can be trusted. */
  #fault(failure: UpstreamFailure): void {
    this.#process?.kill('fault');
    this.#endAll(failure);
  }

  #endAll(failure: UpstreamFailure): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#lines.close();
    this.#on.end();
    for (const call of this.#calls.takeAll()) call.fail(failure);
    this.#listeners.end();
  }
}
