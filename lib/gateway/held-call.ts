import { randomUUID } from 'node:crypto';
import { isJsonObject, type Json, type JsonObject, type TenantId } from '#lib/core';
import { digestAnswer, stampedResponse, type ReadAnswer } from './act-answer.ts';
import { interimDraft, type ActFacts } from './act-drafts.ts';
import type { ClientSide } from './ask-client.ts';
import { QUESTION_MS_MAX } from './constants.ts';
import type { WaitingCall } from './held-calls.ts';
import { locateAnswer } from './locate-answer.ts';
import type { RpcId } from './parse-message.ts';
import type { ActContext, Parts } from './parts.ts';
import type { AskedQuestion } from './read-question.ts';
import { settleQuestion } from './relay-answer.ts';
import { sealRequestState } from './request-state.ts';
import type { Settlement } from './settle-act.ts';
import { withoutTaskMeta } from './strip-meta.ts';
import { NOT_SWEPT, type Swept } from './sweeper.ts';
import type { Exchange } from './types.ts';

/** What a client of the stateless era gets in place of a request of ours. */
interface InputRequest {
  readonly method: string;
  readonly params: JsonObject;
}

/**
 * A call of a client without a session whose server waits for an answer (MCP 2026-07-28, multi round-trip requests): its
 * request is answered with what the client is asked, and the call waits here until the client asks again.
 */
export class HeldCall implements ClientSide, WaitingCall, Swept {
  sweepSlot = NOT_SWEPT;
  readonly id = randomUUID();
  readonly tenant: TenantId;
  readonly context: ActContext;
  #parts: Parts;
  #facts: ActFacts;
  #settlement: Settlement;
  /** What the client has not answered yet, by the server's name for it, or by the question's id. */
  #open = new Map<string, { readonly id: string; readonly request: InputRequest }>();
  /** What the client answered before it was asked, by the server's name for it; each good once. */
  #early: Map<string, Json>;
  #putting = false;
  #endsAt = Infinity;

  constructor(parts: Parts, facts: ActFacts, settlement: Settlement) {
    this.#parts = parts;
    this.#facts = facts;
    this.#settlement = settlement;
    this.context = facts.context;
    this.tenant = facts.context.tenant.id;
    const early = facts.context.retry?.inputResponses;
    this.#early = new Map(Object.entries(isJsonObject(early) ? early : {}));
  }

  ask(id: string, { method, params, name = id }: AskedQuestion): boolean {
    if (this.#settlement.ended || this.#settlement.revoked) return false;
    const key = this.#open.has(name) ? id : name;
    this.#open.set(key, { id, request: { method, params: withoutTaskMeta(withoutElicitationId(params)) } });
    this.#schedule();
    return true;
  }

  withdraw(id: string): void {
    for (const [key, open] of this.#open) if (open.id === id) this.#open.delete(key);
  }

  resume(exchange: Exchange, id: RpcId, responses: JsonObject): void {
    this.#settlement.attend(exchange, id);
    if (this.#settlement.ended) return this.#forget();
    exchange.onClose(() => this.cancel('the client closed the response stream'));
    for (const [key, value] of Object.entries(responses)) this.#answer(key, value);
    if (this.#open.size > 0) this.#schedule();
  }

  cancel(reason: string): void {
    const { session, message } = this.context;
    this.#parts.flights.find(session, message.id)?.cancel(reason);
  }

  /** Nobody came back: what the call has come to meanwhile is in the log, and is told to nobody. */
  sweep(now: number): void {
    // Where its answer was given to whoever waited, nobody has a state to come with any more.
    const isOver = this.#settlement.ended && this.#settlement.isAttended;
    if (now < this.#endsAt && !isOver) return;
    this.#forget();
    this.forgetAnswer();
  }

  forgetAnswer(): void {
    this.#settlement.forget();
  }

  /** What does not fit its question counts as missing, and is asked for again. */
  #answer(key: string, value: JsonObject[string] | undefined): void {
    const question = this.#open.get(key)?.id;
    if (question === undefined) return;
    this.#early.delete(key);
    if (!isJsonObject(value)) return;
    const { session } = this.#facts.context;
    const answer = { member: 'result', value } as const;
    const asked = this.#parts.questions.find(session, question);
    if (asked?.problemWith(answer) !== undefined) return;
    this.#open.delete(key);
    settleQuestion(this.#parts.questions, session, question, answer, () => {});
  }

  /** Questions that come together are put together. */
  #schedule(): void {
    if (this.#putting || !this.#settlement.isAttended) return;
    this.#putting = true;
    setImmediate(() => {
      const early = [...this.#open.keys()].filter((key) => this.#early.has(key));
      for (const key of early) this.#answer(key, this.#early.get(key));
      if (this.#open.size === 0) {
        this.#putting = false;
        return;
      }
      this.#put()
        .catch((error: unknown) => {
          this.#parts.telemetry.logger.error({ err: error }, 'a call could not be held');
          this.cancel('the call could not be held');
        })
        .finally(() => {
          this.#putting = false;
        });
    });
  }

  async #put(): Promise<void> {
    const { single } = this.#facts.context.session;
    const requestState = await sealRequestState(this.#parts, this.#facts, {
      hold: this.id,
      attempt: this.#settlement.attempt ?? null,
    });
    const inputRequests = Object.fromEntries([...this.#open].map(([key, { request }]) => [key, request]));
    const result = {
      _meta: single?.pooled.identity ?? {},
      resultType: 'input_required',
      inputRequests,
      requestState,
    };
    const bytes = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 0, result }));
    const answer = digestAnswer(bytes, locateAnswer(bytes));
    if (this.#isTooLate) return;
    const receipt = await this.#receipt(answer);
    if (this.#isTooLate) return;
    this.#endsAt = performance.now() + QUESTION_MS_MAX;
    this.#parts.held.add(this);
    this.#parts.sweeper.add(this);
    this.#settlement.hold((id) => stampedResponse(id, answer, receipt, this.#facts.context.log.head()));
  }

  /** Whoever lost access meanwhile is not told what the server wants to know, either. */
  get #isTooLate(): boolean {
    return this.#settlement.ended || this.#settlement.revoked;
  }

  /** Of what the client is told while its call is open (FORMATS 2, `interim`). */
  async #receipt({ result }: ReadAnswer): Promise<string> {
    const { attempt, closedAs, outcomeId } = this.#settlement;
    if (attempt === undefined) return closedAs ?? outcomeId;
    const id = this.#parts.newReceiptId();
    const at = this.#parts.clock.now();
    await this.#facts.context.log.append(interimDraft(this.#facts, { id, at, attempt, result }));
    return id;
  }

  #forget(): void {
    this.#parts.sweeper.delete(this);
    this.#parts.held.delete(this);
  }
}

/** In this era a question in URL mode has no id of its own: the retry finds out. */
export function withoutElicitationId(params: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(params).filter(([key]) => key !== 'elicitationId'));
}
