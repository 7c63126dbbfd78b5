import { isJsonObject, type JsonObject } from '#lib/core';
import type { ProcessEnd, ProcessListener, StdioProcess } from '#lib/stdio';
import type { HeldBody, HeldBytes } from '../held-bytes.ts';
import { JsonScanError } from '../json-error.ts';
import { assertMessage, locateStreamAnswer, type AnswerLayout } from '../locate-answer.ts';
import { NOT_SWEPT, type Swept } from '../sweeper.ts';
import type { UpstreamOwner } from '../upstream-owner.ts';
import { nonsense, tooLarge, type UpstreamFailure } from '../upstream-failure.ts';
import type { UpstreamSend } from '../upstream-link.ts';
import { OutputFlow } from './output-flow.ts';
import { locateMessage, replaceSpans, textOf } from './locate-message.ts';
import { ProcessLines } from './process-lines.ts';
import { SessionListeners } from './session-listeners.ts';
import type { StdioCall } from './stdio-call.ts';
import { STDIO_UNUSED_MS } from './constants.ts';

const NOT_READING: UpstreamFailure = {
  kind: 'overloaded',
  message: 'does not read what it is sent: as much waits for it as may.',
};

/** Never a lost session: what the process had been sent it may have done, and nothing is to be done twice. */
const ENDED: UpstreamFailure = { kind: 'cut_off', message: 'was ended before it had answered.' };

interface Waiting {
  readonly call: StdioCall;
  readonly bytesMax: number;
}

/** One process and the MCP session with it: many calls on one pipe, kept apart by ids of our own. */
export class StdioSession implements ProcessListener, Swept {
  sweepSlot = NOT_SWEPT;
  readonly id: string;
  readonly owner: UpstreamOwner;
  readonly url: string;
  lastUsedAt = performance.now();
  #process: StdioProcess | undefined;
  #lines: ProcessLines;
  #lineBytesMax: number;
  #flow = new OutputFlow();
  #calls = new Map<number, Waiting>();
  #listeners = new SessionListeners();
  #opening: StdioCall | undefined;
  #nextId = 1;
  #posts = 0;
  #ended = false;
  #on: { readonly open: () => void; readonly end: () => void };

  constructor(
    id: string,
    { owner, url }: { readonly owner: UpstreamOwner; readonly url: string },
    limits: { readonly held: HeldBytes; readonly lineBytesMax: number },
    on: { readonly open: () => void; readonly end: () => void },
  ) {
    this.id = id;
    this.owner = owner;
    this.url = url;
    this.#on = on;
    this.#lineBytesMax = limits.lineBytesMax;
    this.#lines = new ProcessLines(limits.held, limits.lineBytesMax, (line, body) => this.#line(line, body));
  }

  /** Says initialize to the process that was started for this. */
  begin(process: StdioProcess, request: UpstreamSend, call: StdioCall): void {
    this.#process = process;
    this.#opening = call;
    this.post(request, call);
    call.onAbort = () => this.kill('fault');
  }

  get isIdle(): boolean {
    return this.#calls.size === 0 && !this.#listeners.hasStream;
  }

  post(request: UpstreamSend, call: StdioCall): void {
    this.lastUsedAt = performance.now();
    this.#posts += 1;
    const bytes = Buffer.from(request.body ?? '', 'utf8');
    const { id, method, wantedProgress } = locateMessage(bytes);
    if (request.expects === 'answer' && id !== undefined) {
      const wireId = this.#nextId++;
      call.id = textOf(bytes, id);
      if (wantedProgress !== undefined) call.progressToken = textOf(bytes, wantedProgress);
      call.onAbort = () => this.#cancel(wireId);
      this.#calls.set(wireId, { call, bytesMax: request.bytesMax });
      const ours = String(wireId);
      const text = replaceSpans(bytes, [
        [id, ours],
        [wantedProgress, ours],
      ]);
      if (this.#write(text)) return;
      this.#calls.delete(wireId);
      setImmediate(() => call.fail(NOT_READING));
      return;
    }
    // Giving a call up has told the process so, under the id that it knows.
    const isSent = method === 'notifications/cancelled' || this.#write(bytes.toString('utf8'));
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
    this.#endAll({ kind: this.#opening === undefined ? 'cut_off' : 'unreachable', message });
  }

  sweep(now: number): void {
    if (this.#flow.mayGoOn(now, this.#backlog())) this.#process?.resume();
    // One that nobody says more to than hello was not wanted: its version is not spoken here, or nobody came back.
    const limit = this.#posts > 1 ? (this.#process?.idleMs ?? 0) : STDIO_UNUSED_MS;
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
    if (!this.#calls.delete(wireId)) return;
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
    const wireId = Number(layout.id);
    const waiting = this.#calls.get(wireId);
    this.lastUsedAt = performance.now();
    if (waiting === undefined) {
      this.#flow.add(bytes.length);
      return body.release();
    }
    this.#calls.delete(wireId);
    const { call, bytesMax } = waiting;
    if (bytes.length > bytesMax) {
      body.release();
      return call.fail(tooLarge('an answer', bytesMax));
    }
    const opens = this.#opening === call;
    this.#opening = undefined;
    if (!opens) return call.answer(bytes, layout, body);
    if (layout.member === 'result') this.#on.open();
    call.head(this.id);
    call.answer(bytes, layout, body);
    if (layout.member === 'error') this.close();
  }

  #message(bytes: Buffer): void {
    this.#flow.add(bytes.length);
    const { method, progress } = locateMessage(bytes);
    if (method === 'notifications/progress') {
      const call = progress && this.#calls.get(Number(textOf(bytes, progress)))?.call;
      if (call?.progressToken === undefined) return;
      const text = replaceSpans(bytes, [[progress, call.progressToken]]);
      return call.message(JSON.parse(text) as JsonObject, text);
    }
    const data = bytes.toString('utf8');
    const message: unknown = JSON.parse(data);
    if (!isJsonObject(message)) return this.#fault(nonsense('a message that is not an object'));
    const calls = [...this.#calls.values()].flatMap(({ call }) => (call.listens ? [call] : []));
    this.#listeners.tell(calls, method, { message, data });
  }

  /** How much waits for the slowest of those who hear this process. */
  #backlog(): number {
    let most = this.#listeners.backlog;
    for (const { call } of this.#calls.values()) most = Math.max(most, call.backlog);
    return most;
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
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const { call } of calls) call.fail(failure);
    this.#listeners.end();
  }
}
