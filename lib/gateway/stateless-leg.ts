import { randomUUID } from 'node:crypto';
import { isJsonObject, type Json, type JsonObject } from '#lib/core';
import { INPUT_ROUNDS_MAX } from './constants.ts';
import { readInputRound, type InputQuestions, type InputRound } from './input-round.ts';
import { bytesOf } from './json-members.ts';
import { answerAround, type AnswerLayout } from './locate-answer.ts';
import { isInputRequired, isTask, readStatelessAnswer } from './read-stateless-answer.ts';
import type { StatelessUpstream } from './session.ts';
import { statelessRequest } from './stateless-request.ts';
import type { StatelessWay } from './stateless-way.ts';
import { withoutSubscription } from './strip-meta.ts';
import { declaresTasks, requiresTasks, withTasks } from './task-capability.ts';
import type { UpstreamSend } from './upstream-link.ts';
import type {
  NewTask,
  TaskFollower,
  UpstreamCall,
  UpstreamHead,
  UpstreamListener,
} from './upstream-types.ts';
import { nonsense, onceBegun, type UpstreamFailure } from './upstream-failure.ts';

type Answered = Pick<NewTask, 'bytes' | 'layout'>;

const ACKNOWLEDGED = 'notifications/subscriptions/acknowledged';

/**
 * One request in the words of the stateless era. The listener hears a server of the session era: translated answers, what the
 * server wants to know first as its own requests, whose answers go with the next round of the same call, and of a task that it
 * makes of the call, having no other way, what that came to.
 */
export class StatelessCall implements UpstreamCall, UpstreamListener {
  readonly retryMs = undefined;
  readonly deaf: boolean;
  #way: StatelessWay;
  #questions: InputQuestions;
  #request: UpstreamSend;
  #upstream: StatelessUpstream;
  #listener: UpstreamListener;
  #message: JsonObject;
  #id: Json;
  #method = '';
  #exchange: UpstreamCall | undefined;
  #withdraw: (() => void) | undefined;
  /** As it was sent last. */
  #sent: JsonObject | undefined;
  #rounds = 0;
  /** It is told that a task is taken, and has not answered yet. */
  #isNameless = false;
  /** The call was given up, and the name of its task is waited for a moment. */
  #late: (() => void) | undefined;
  /** The client's to follow, once it is told of it. */
  #made: NewTask | undefined;
  #progress = 0;
  /** It said something of its own: it has looked at the call. */
  #heard = false;
  #over = false;

  constructor(
    way: StatelessWay,
    questions: InputQuestions,
    request: UpstreamSend,
    upstream: StatelessUpstream,
    listener: UpstreamListener,
  ) {
    this.#way = way;
    this.#questions = questions;
    this.#request = request;
    this.#upstream = upstream;
    this.#listener = listener;
    this.deaf = listener.deaf === true;
    this.#message = JSON.parse(request.body ?? '{}') as JsonObject;
    this.#id = this.#message['id'] ?? null;
  }

  begin(): this {
    if (this.#request.expects === 'acceptance') this.#accept();
    else this.#send(this.#message, this.#request.credential);
    return this;
  }

  abort(): void {
    this.#over = true;
    this.#withdraw?.();
    this.untold();
    const { tasks } = this.#request;
    if (this.#isNameless && this.#exchange !== undefined) this.#late = tasks?.await(this.#exchange);
    if (this.#late === undefined) this.#exchange?.abort();
  }

  release(): void {
    this.#exchange?.release();
  }

  recheck(): void {
    this.#exchange?.recheck?.();
  }

  untold(): void {
    if (this.#made !== undefined) this.#request.tasks?.drop(this.#made);
    this.#made = undefined;
  }

  onHead(head: UpstreamHead): void {
    this.#listener.onHead(head);
  }

  onAnswer(bytes: Buffer, layout: AnswerLayout): void {
    this.#late?.();
    this.#isNameless = false;
    if (this.#request.renew !== undefined && isInputRequired(bytes, layout)) return this.#ask(bytes, layout);
    const takesTask = declaresTasks(this.#upstream.capabilities);
    const answer = readStatelessAnswer({ method: this.#method, takesTask }, bytes, layout);
    if ('kind' in answer) return this.#isTaskNeeded(answer) ? this.#takeTask() : this.onFailure(answer);
    const own = this.#isFirst() ? answer : this.#asFirst(answer);
    const { tasks } = this.#request;
    const isMade = takesTask && tasks !== undefined && isTask(own.bytes, own.layout);
    if (isMade && this.#keepsTask(tasks, own)) return;
    if (this.#over) return this.release();
    this.#over = true;
    this.#listener.onAnswer(own.bytes, own.layout, answer.received);
  }

  onFailure(failure: UpstreamFailure): void {
    this.#late?.();
    if (this.#over) return this.release();
    this.#over = true;
    const isUntouched = this.#isFirst() && !this.#heard;
    this.#listener.onFailure(isUntouched ? failure : onceBegun(failure));
  }

  onEnd(): void {
    this.#listener.onEnd();
  }

  /** A server of this era asks nothing of its own accord: what looks like it is not answered. */
  onMessage(message: JsonObject, data: string): void {
    const { id, method } = message;
    if (this.#over || method === ACKNOWLEDGED) return;
    this.#heard = true;
    this.#progress = Math.max(this.#progress, progressIn(message));
    if (id === undefined) return this.#listener.onMessage(...withoutSubscription(message, data));
    this.#exchange?.abort();
    // The answer to a subscription is its end.
    if (method === undefined && this.#request.expects === 'stream') this.#listener.onEnd();
    else this.onFailure(nonsense('a request to the client, which its revision does not know'));
  }

  #send(message: JsonObject, credential: UpstreamSend['credential']): void {
    const { server } = this.#request;
    const made = statelessRequest(this.#upstream, message, this.#way.mirrors ? server : undefined);
    if (!made.ok) return void setImmediate(() => this.onFailure(made.error));
    this.#sent = message;
    this.#isNameless = this.#request.tasks !== undefined && declaresTasks(this.#upstream.capabilities);
    this.#method = made.value.method;
    this.#exchange = this.#way.carry(made.value, { ...this.#request, credential }, this);
  }

  /** This era knows no notifications from a client, and its answers to questions travel with the next round. */
  #accept(): void {
    this.#questions.answer(this.#message);
    setImmediate(() => {
      if (!this.#over) this.#listener.onEnd();
    });
  }

  #isFirst(): boolean {
    return this.#sent === this.#message;
  }

  /** Under the id that the call had first. */
  #asFirst({ bytes, layout }: Answered): Answered {
    return answerAround(this.#id, layout.member, bytesOf(bytes, layout.value));
  }

  /** It has done nothing, for it does this as a task only (extension, Capability Negotiation), and says so once. */
  #isTaskNeeded({ eraError }: UpstreamFailure): boolean {
    if (this.#over || this.#request.tasks?.follow === undefined || declaresTasks(this.#upstream.capabilities))
      return false;
    return requiresTasks(eraError);
  }

  /** The same once more, with all that it was told already. */
  #takeTask(): void {
    this.#exchange?.release();
    this.#upstream = { ...this.#upstream, capabilities: withTasks(this.#upstream.capabilities) };
    const sent = this.#sent ?? this.#message;
    this.#again({ ...sent, id: `round-${randomUUID()}` }).catch(() => this.onFailure(NOT_AGAIN));
  }

  /** The client is told of one that it follows itself, and of no other. */
  #keepsTask(tasks: TaskFollower, { bytes, layout }: Answered): boolean {
    const made = { bytes, layout, upstream: this.#upstream, progress: this.#progress };
    if (!this.#over && tasks.follow === undefined) {
      this.#made = made;
      return false;
    }
    this.#exchange?.release();
    if (this.#over) tasks.drop(made);
    else this.#exchange = tasks.follow?.(made, this.#listener);
    return true;
  }

  #ask(bytes: Buffer, layout: AnswerLayout): void {
    if (this.#over) return this.release();
    this.#rounds += 1;
    const round = readInputRound(bytes, layout);
    this.#exchange?.release();
    if (!round.ok) return this.onFailure(round.error);
    if (this.#rounds > INPUT_ROUNDS_MAX)
      return this.onFailure(nonsense(`it wanted input more than ${INPUT_ROUNDS_MAX} times`));
    const put = (message: JsonObject, data: string) => this.#listener.onMessage(message, data);
    this.#withdraw = this.#questions.ask(round.value, put, (answers) => {
      if (this.#over) return;
      if (!answers.ok) return this.onFailure(answers.error);
      this.#goOn(round.value, answers.value).catch(() => this.onFailure(NOT_AGAIN));
    });
    // One question too many ends the call while it is put.
    if (this.#over) this.#withdraw();
  }

  /** The same call again with what was asked for. */
  async #goOn({ requestState }: InputRound, inputResponses: JsonObject): Promise<void> {
    const given = this.#message['params'];
    const params = {
      ...(isJsonObject(given) ? given : {}),
      ...(Object.keys(inputResponses).length === 0 ? {} : { inputResponses }),
      ...(requestState === undefined ? {} : { requestState }),
    };
    await this.#again({ ...this.#message, id: `round-${randomUUID()}`, params });
  }

  /** Under a new id and a new token: the old one may have expired. */
  async #again(message: JsonObject): Promise<void> {
    const credential = await this.#request.renew?.();
    if (this.#over) return;
    if (credential?.ok !== true)
      return this.onFailure({ ...NOT_AGAIN, ...(credential === undefined ? {} : credential.error) });
    this.#send(message, credential.value);
  }
}

const NOT_AGAIN: UpstreamFailure = { kind: 'unauthorized', message: 'could not be asked again.' };

/** How far the server says that it is; 0 where it says nothing of that. */
function progressIn({ method, params }: JsonObject): number {
  if (method !== 'notifications/progress' || !isJsonObject(params)) return 0;
  return Number.isFinite(params['progress']) ? Number(params['progress']) : 0;
}
