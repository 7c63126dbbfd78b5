import { randomUUID } from 'node:crypto';
import { err, isJsonObject, lapse, ok, type JsonObject, type ReceiptId, type Result } from '#lib/core';
import { findAnswerProblem } from './act-answer.ts';
import type { ActFacts } from './act-drafts.ts';
import { callCredential } from './call-credential.ts';
import { EVENT_BYTES_MAX, TASK_HEAR_MS, TASK_HEAR_REST_MS } from './constants.ts';
import type { AnswerLayout } from './locate-answer.ts';
import type { RpcId } from './parse-message.ts';
import type { Parts } from './parts.ts';
import type { ClientAnswer } from './questions.ts';
import { isSameUpstream, type SessionUpstream } from './session.ts';
import { TaskEar } from './task-ear.ts';
import { tellOfTask } from './tell-of-task.ts';
import { UNANSWERED, type UpstreamFailure } from './upstream-failure.ts';
import type { UpstreamSend } from './upstream-link.ts';
import type { UpstreamCall } from './upstream-types.ts';

/** A response of the server. */
export interface TaskAnswer {
  readonly bytes: Buffer;
  readonly layout: AnswerLayout;
}

/**
 * All that is said to a server with sessions in one act about a task (2025-11-25): in the session in which it made the task, as
 * long as there is that, and under ids of our own, for what else is asked there has ids of another replica's.
 */
export class TaskLine {
  readonly task: string;
  upstream: SessionUpstream;
  #parts: Parts;
  #facts: ActFacts;
  #callId: ReceiptId;
  #request: UpstreamSend;
  /** The session in which this caller's requests are now. */
  #current: SessionUpstream;
  #params: JsonObject;
  #exchange: UpstreamCall | undefined;
  /** The request that the server has not answered yet. */
  #underWay: string | undefined;
  #ear: TaskEar;
  /** Whoever asked does not wait any more: nothing else is asked for them. */
  #over = false;

  constructor(
    parts: Parts,
    facts: ActFacts,
    callId: ReceiptId,
    request: UpstreamSend,
    at: {
      readonly task: string;
      readonly current: SessionUpstream;
      readonly home: SessionUpstream | undefined;
    },
  ) {
    this.#parts = parts;
    this.#facts = facts;
    this.#callId = callId;
    this.#request = request;
    this.task = at.task;
    this.#current = at.current;
    this.upstream = at.home ?? at.current;
    const message = JSON.parse(request.body ?? '{}') as JsonObject;
    this.#ear = new TaskEar(parts, facts.context, at.task, (id, answer) => this.reply(id, answer));
    this.#params = isJsonObject(message['params']) ? message['params'] : {};
  }

  /** One question about the task, under the act's credential for just this method. */
  async ask(method: string): Promise<Result<TaskAnswer, UpstreamFailure>> {
    const { principal, revocationsSeen } = this.#facts.context;
    if (this.#over) return err(GIVEN_UP);
    if (this.#parts.recent.touched(principal, revocationsSeen)) return err(REVOKED);
    const id = newId();
    const answer = await this.#send(method, id, true).answer;
    const isHome = isSameUpstream(this.upstream, this.#current);
    if (!answer.ok && answer.error.kind === 'session_lost' && !isHome) {
      // The session is gone, and the server may know its callers by other means.
      this.upstream = this.#current;
      return await this.ask(method);
    }
    if (!answer.ok) return answer;
    const problem = findAnswerProblem(id, answer.value);
    return problem === undefined ? answer : err(problem);
  }

  /**
   * Lets the server put what the task wants to know, which it does to whoever waits for the result (tasks, Input Required
   * Status), and tells it then that nobody waits any more: that ends the waiting, not the task.
   */
  async listen(): Promise<Result<'ended' | 'heard', UpstreamFailure>> {
    if (this.#over) return err(GIVEN_UP);
    const id = newId();
    const heard = this.#ear.next();
    const { call, answer } = this.#send('tasks/result', id, false);
    const ms = Math.min(TASK_HEAR_MS, this.#facts.context.server.timeoutMs / 2);
    const rest = heard.then(() => lapse(TASK_HEAR_REST_MS));
    const ended = await Promise.race([answer, rest, lapse(ms)]);
    if (ended === undefined) {
      await Promise.race([this.#stopWaiting(), lapse(TASK_HEAR_MS)]);
      call?.abort();
    }
    await this.keepHeard();
    if (ended === undefined) return ok('heard');
    if (ended.ok) return ok('ended');
    // That of another replica's requests: the one that these are in is not lost by that.
    const isLost = ended.error.kind === 'session_lost' && !isSameUpstream(this.upstream, this.#current);
    return isLost ? err({ ...ended.error, kind: 'cut_off' }) : ended;
  }

  /** What was heard beside an answer is kept for whoever looks next. */
  async keepHeard(): Promise<void> {
    await this.#ear.keep(this.upstream);
  }

  /** The response to a request of the server's. */
  async reply(id: RpcId, { member, value }: ClientAnswer): Promise<Result<unknown, UpstreamFailure>> {
    if (this.#over) return err(GIVEN_UP);
    return await this.#tell({ id, [member]: value });
  }

  /** Nothing more is said here. */
  close(): void {
    this.#over = true;
  }

  abort(): void {
    this.close();
    this.#exchange?.abort();
    void this.#stopWaiting();
  }

  release(): void {
    this.#exchange?.release();
  }

  #send(
    method: string,
    id: string,
    deaf: boolean,
  ): {
    readonly call: UpstreamCall | undefined;
    readonly answer: Promise<Result<TaskAnswer, UpstreamFailure>>;
  } {
    const { context } = this.#facts;
    const named = { ...this.#facts, context: { ...context, message: { ...context.message, method } } };
    const credential = callCredential(this.#parts.minting, named, this.#callId);
    if (!credential.ok) {
      const { message } = credential.error;
      return { call: undefined, answer: Promise.resolve(err({ kind: 'unauthorized', message })) };
    }
    const body = JSON.stringify({ jsonrpc: '2.0', id, method, params: this.#params });
    const bytesMax = bytesMaxOf(method, this.#request);
    const request = {
      ...this.#request,
      session: this.upstream,
      credential: credential.value,
      body,
      bytesMax,
    };
    this.#underWay = id;
    const answer = new Promise<Result<TaskAnswer, UpstreamFailure>>((resolve) => {
      const settle = (result: Result<TaskAnswer, UpstreamFailure>) => {
        this.#underWay = undefined;
        resolve(result);
      };
      this.#exchange?.release();
      this.#exchange = this.#parts.upstream.send(request, {
        deaf,
        task: this.task,
        onHead: () => undefined,
        onMessage: (message, data) => this.#ear.hear(message, data),
        onAnswer: (bytes, layout) => settle(ok({ bytes, layout })),
        onFailure: (failure) => settle(err(toBeAskedAgain(failure))),
        onEnd: () => settle(err(UNANSWERED)),
      });
    });
    return { call: this.#exchange, answer };
  }

  async #stopWaiting(): Promise<void> {
    const requestId = this.#underWay;
    if (requestId === undefined) return;
    this.#underWay = undefined;
    const params = { requestId, reason: 'nobody waits for it now' };
    await this.#tell({ method: 'notifications/cancelled', params });
  }

  async #tell(members: JsonObject): Promise<Result<unknown, UpstreamFailure>> {
    const request = { ...this.#request, session: this.upstream };
    return await tellOfTask(this.#parts, this.#facts.context, request, members);
  }
}

/** A state is short, and stays in memory beside the result; that is bounded as the result of a call is. */
function bytesMaxOf(method: string, { bytesMax }: UpstreamSend): number {
  return method === 'tasks/result' ? bytesMax : Math.min(bytesMax, EVENT_BYTES_MAX);
}

export const GIVEN_UP: UpstreamFailure = { kind: 'aborted', message: 'was not asked any more.' };
const REVOKED: UpstreamFailure = { kind: 'aborted', message: 'is not asked, for access was revoked.' };

/** What broke off is not taken up again: the whole can be asked once more. */
function toBeAskedAgain(failure: UpstreamFailure): UpstreamFailure {
  const { lastEventId: _, ...plain } = failure;
  return plain;
}

function newId(): string {
  return `task-${randomUUID()}`;
}
