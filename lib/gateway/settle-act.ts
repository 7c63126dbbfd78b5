import type { ReceiptId } from '#lib/core';
import type { CallTrace } from '#lib/telemetry';
import type { Appended, LogUnavailable, OutcomeStatus, ReceiptDraft } from '#lib/receipts';
import { stampedResponse, type ReadAnswer } from './act-answer.ts';
import { outcomeDraft, type ActFacts } from './act-drafts.ts';
import { missingCapability, type EraError } from './act-endings.ts';
import { ActEvents } from './act-events.ts';
import { AgentReply } from './agent-reply.ts';
import { COUNTERSIGN_ERROR_CODE } from './constants.ts';
import type { RpcId } from './parse-message.ts';
import { beginTrace, observeAct, type ObservedEnd } from './observe-act.ts';
import type { Parts } from './parts.ts';
import { errorText } from './rpc-text.ts';
import { stampMember } from './stamp-answer.ts';
import type { Exchange } from './types.ts';

/** How an act ended: with the upstream's answer, or with words of our own. */
export type Ending =
  | { readonly status: OutcomeStatus; readonly answer: ReadAnswer }
  | { readonly status: OutcomeStatus; readonly message: string; readonly eraError?: EraError };

/** The end of one act: its receipt first, then the agent's answer. Nothing is handed out unreceipted. */
export class Settlement {
  readonly outcomeId: ReceiptId;
  readonly events = new ActEvents();
  reply: AgentReply;
  /** The attempt in the log that the outcome will close. */
  attempt: ReceiptId | undefined;
  /** The receipt of an attempt that was closed, but did not end the act. */
  closedAs: ReceiptId | undefined;
  forwardedAt: number | undefined;
  credentialReference: string | undefined;
  /** Whoever it was for lost access. */
  revoked = false;
  ended = false;
  /** Some request of the agent waits for the answer; else it is kept for the next. */
  isAttended = true;
  /** The upstream's answer was handed out. An agent with a session that went away may ask its server for what it missed. */
  isTold = false;
  #rpcId: RpcId;
  #kept: (() => void) | undefined;
  /** No request will come for the answer any more. */
  #isForgotten = false;
  /** Undefined where this act is not traced. */
  readonly trace: CallTrace | undefined;
  #parts: Parts;
  #facts: ActFacts;
  #leave: () => void;

  constructor(parts: Parts, facts: ActFacts, outcomeId: ReceiptId, leave: () => void) {
    this.#parts = parts;
    this.#facts = facts;
    this.#leave = leave;
    this.outcomeId = outcomeId;
    this.#rpcId = facts.context.message.id;
    this.reply = new AgentReply(facts.context.exchange, parts.answers, outcomeId);
    this.trace = beginTrace(parts, facts);
  }

  /** A line in the log that names this act's receipt and its trace. */
  report(error: unknown, words: string): void {
    const { outcomeId: receipt, trace } = this;
    const traced = trace === undefined ? {} : { trace_id: trace.traceId };
    this.#parts.telemetry.logger.error({ err: error, receipt, ...traced }, words);
  }

  /** Once. Where revocations are not confirmed, that comes first; where they can't be, nothing is handed out. */
  end(ending: Ending): void {
    if (this.ended) return;
    this.ended = true;
    this.#facts.context.exchange.back?.();
    const { revocations } = this.#parts.database;
    if (revocations.isFresh()) return this.#write(ending);
    revocations.confirm().then(
      () => this.#write(ending),
      () => {
        this.revoked = true;
        this.#write(ending);
      },
    );
  }

  /** A message of our own inside the call, to an agent that still has a right to it; hashed like the server's. */
  relay(text: string): boolean {
    return !this.ended && !this.revoked && this.events.add(text) && this.reply.event(text);
  }

  /** Answers the request that waits; the act goes on, and its own answer is for the one that comes next. */
  hold(answer: (id: RpcId) => string | Buffer): void {
    this.reply.finish(answer(this.#rpcId));
    this.isAttended = false;
  }

  /** The agent asked again: that is the request to be answered from now on. */
  attend(exchange: Exchange, id: RpcId): void {
    this.#rpcId = id;
    this.reply = new AgentReply(exchange, this.#parts.answers, this.outcomeId);
    this.isAttended = true;
    this.#kept?.();
    this.#letGo();
  }

  /** Whoever it is for lost access, and can't come for what is kept either. */
  revoke(): void {
    this.revoked = true;
    this.forget();
  }

  /** Nobody came back in time, or may any more: the answer is in the log, and is told to nobody. */
  forget(): void {
    if (this.isAttended) return;
    this.#isForgotten = true;
    this.#letGo();
  }

  /** While an answer is kept its act has its place and its memory, so that what waits for clients is bounded. */
  #letGo(): void {
    if (this.#kept === undefined) return;
    this.#kept = undefined;
    this.#leave();
  }

  /** Closes an attempt that will be followed by another; the agent hears of the last one. */
  closeForResend(id: ReceiptId, status: OutcomeStatus = 'failed', answer?: ReadAnswer): void {
    this.trace?.endLeg(this.#parts.clock.now(), status === 'failed' ? 'session_lost' : status);
    if (this.attempt === undefined) return;
    this.closedAs = id;
    this.#facts.context.log.outcome(this.#draft(status, id, answer), () => {});
    // Nothing of the other was forwarded yet.
    this.attempt = this.forwardedAt = this.credentialReference = undefined;
  }

  /** The attempt could not be written: nothing was forwarded, nothing happened. */
  refuse(error: LogUnavailable): void {
    this.ended = true;
    this.report(error, 'an attempt could not be written');
    const message = 'The receipt log can not be reached, so nothing was forwarded. Try again shortly.';
    this.reply.refuse(errorText(this.#facts.context.message.id, COUNTERSIGN_ERROR_CODE, message));
    this.#observe(this.#parts.clock.now(), 'unavailable', undefined);
    this.#leave();
  }

  #write(ending: Ending): void {
    const withheld = this.revoked && ending.status !== 'cancelled';
    const answer = 'answer' in ending ? ending.answer : undefined;
    const draft = this.#draft(withheld ? 'withheld' : ending.status, this.outcomeId, answer);
    this.#facts.context.log.outcome(draft, (error, appended) => {
      try {
        if (error === null) this.#answer(ending, appended);
        else this.#answerUnlogged();
        if (error === null) this.#observe(draft.at, draft.status ?? 'ok', this.outcomeId);
        else this.#observe(draft.at, 'unavailable', undefined);
      } catch (defect) {
        // Thrown on, it would hit the log's own loop, and with it other calls.
        this.report(defect, 'an answer could not be given');
      }
      if (this.#kept === undefined) this.#leave();
    });
  }

  #observe(at: number, status: ObservedEnd['status'], receipt: ReceiptId | undefined): void {
    const { attempt, forwardedAt, trace } = this;
    observeAct(this.#parts, this.#facts, { at, status, receipt, attempt, forwardedAt }, trace);
  }

  #draft(status: OutcomeStatus, id: ReceiptId, answer: ReadAnswer | undefined): ReceiptDraft {
    return outcomeDraft(this.#facts, {
      id,
      at: this.#parts.clock.now(),
      status,
      attempt: this.attempt,
      forwardedAt: this.forwardedAt,
      credentialReference: this.credentialReference,
      result: answer?.result,
      upstream: answer?.upstream,
      events: this.events.digest(),
    });
  }

  #answer(ending: Ending, appended: Appended | undefined): void {
    const { log } = this.#facts.context;
    if (this.revoked) this.#say('Access was revoked while the call was under way: its result is withheld.');
    else if (appended?.kind === 'late_outcome')
      this.#say('The call was closed before its result came: the result is withheld.');
    else if ('answer' in ending) {
      const { answer } = ending;
      const body = (id: RpcId) => stampedResponse(id, answer, this.outcomeId, log.head());
      this.#finish(body, answer.httpStatus, true);
    } else this.#say(ending.message, ending.eraError);
  }

  #say(message: string, eraError?: EraError): void {
    const { context } = this.#facts;
    const meta = `"_meta":{${stampMember(this.outcomeId, context.log.head())}}`;
    const missing = context.session.single && missingCapability(eraError);
    if (missing === undefined) this.#finish((id) => errorText(id, COUNTERSIGN_ERROR_CODE, message, meta));
    else this.#finish((id) => errorText(id, missing.code, message, `${meta},${missing.data}`), 400);
  }

  /** The outcome is still on its way to the log: nothing is handed out, but the attempt has a name. */
  #answerUnlogged(): void {
    const attempt = this.attempt === undefined ? '' : ` Its attempt is receipt ${this.attempt}.`;
    const message = `The call was forwarded, but its outcome could not be written to the receipt log, so it is not handed out.${attempt}`;
    const data = this.attempt === undefined ? '' : `"attempt":"${this.attempt}"`;
    this.#finish((id) => errorText(id, COUNTERSIGN_ERROR_CODE, message, data), 503);
  }

  #finish(body: (id: RpcId) => string | Buffer, status?: number, isAnswer = false): void {
    if (this.isAttended) this.#hand(body, status, isAnswer);
    else if (!this.#isForgotten) this.#kept = () => this.#hand(body, status, isAnswer);
  }

  #hand(body: (id: RpcId) => string | Buffer, status: number | undefined, isAnswer: boolean): void {
    const isHeard =
      this.reply.finish(body(this.#rpcId), status) || this.#facts.context.session.single === undefined;
    this.isTold = isAnswer && isHeard;
  }
}
