import { isJsonObject, type Json, type JsonObject } from '#lib/core';
import { replaceSpans, textOf, type MessageLayout } from './locate-message.ts';
import type { StdioCall } from './stdio-call.ts';

interface Pending {
  readonly call: StdioCall;
  readonly bytesMax: number;
}

/** The requests on one pipe that wait for something, kept apart by ids of our own. */
export class PendingCalls {
  #byId = new Map<number, Pending>();
  #nextId = 1;

  get size(): number {
    return this.#byId.size;
  }

  /** How much waits for the slowest of them. */
  get backlog(): number {
    let most = 0;
    for (const { call } of this.#byId.values()) most = Math.max(most, call.backlog);
    return most;
  }

  /** The id that it has on the pipe, and its text with that in all places. */
  add(call: StdioCall, bytesMax: number, bytes: Buffer, { id, wantedProgress }: MessageLayout) {
    const wireId = this.#nextId++;
    if (id !== undefined) call.id = textOf(bytes, id);
    if (wantedProgress !== undefined) call.progressToken = textOf(bytes, wantedProgress);
    this.#byId.set(wireId, { call, bytesMax });
    const ours = String(wireId);
    const text = replaceSpans(bytes, [
      [id, ours],
      [wantedProgress, ours],
    ]);
    return { wireId, text };
  }

  find(wireId: number): StdioCall | undefined {
    return this.#byId.get(wireId)?.call;
  }

  /** It waits no more. */
  take(wireId: number): Pending | undefined {
    const pending = this.#byId.get(wireId);
    this.#byId.delete(wireId);
    return pending;
  }

  takeAll(): readonly StdioCall[] {
    const calls = [...this.#byId.values()].map(({ call }) => call);
    this.#byId.clear();
    return calls;
  }

  /**
   * Those that take a message beside their answer, oldest first. One that names a task is for whoever asked about that task last,
   * and any other for none who asks about one.
   */
  listening(task: Json | undefined): readonly StdioCall[] {
    const calls = [...this.#byId.values()].flatMap(({ call }) => (call.listens ? [call] : []));
    const about = calls.findLast((call) => call.task !== undefined && call.task === task);
    return about === undefined ? calls.filter((call) => call.task === undefined) : [about];
  }

  /**
   * A server that does not wait for an answer any more need not say of which task that was, nor say so while its result is waited
   * for: each who asks about a task knows its own by the id. True: nobody else can be meant.
   */
  tellLookers(message: JsonObject, task: Json | undefined, data: string): boolean {
    if (message['method'] !== 'notifications/cancelled') return false;
    const lookers = [...this.#byId.values()].filter(
      ({ call }) => call.task !== undefined && (task === undefined || call.task === task),
    );
    for (const { call } of lookers) call.message(message, data);
    return task !== undefined && lookers.length > 0;
  }

  /**
   * MCP 2026-07-28, stdio: what is said in a subscription names it, and so does the server's word that it has ended.
   * False: this concerns none.
   */
  tellStream(message: JsonObject, subscription: string | undefined, data: string): boolean {
    const { method, params } = message;
    const ended =
      method === 'notifications/cancelled' && isJsonObject(params) ? params['requestId'] : undefined;
    const wireId = Number(subscription ?? ended);
    const call = this.find(wireId);
    if (call?.isStream !== true) return false;
    if (subscription !== undefined) call.message(message, data);
    else this.take(wireId)?.call.end();
    return true;
  }
}
