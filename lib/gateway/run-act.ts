import type { JsonObject, ReceiptId } from '#lib/core';
import { digestAnswer, readAnswerFor, type ReadAnswer } from './act-answer.ts';
import { attemptDraft, type ActFacts } from './act-drafts.ts';
import { CANCELLED, failed, silenceMsOf, stopped, timedOut, TOO_MANY_MESSAGES } from './act-endings.ts';
import { relayedInCall } from './act-events.ts';
import { questionsInCall } from './ask-on-stream.ts';
import { prepareCredential, type PreparedCredential } from './call-credential.ts';
import { CALL_MS_MAX } from './constants.ts';
import type { Flight } from './flights.ts';
import type { AnswerLayout } from './locate-answer.ts';
import { lookForDrift } from './look-for-drift.ts';
import type { RpcId } from './parse-message.ts';
import type { ActParts } from './parts.ts';
import { askForUrls, relayUrlError } from './relay-url-error.ts';
import { Retries, type RetriedAct } from './retry-act.ts';
import type { ServerQuestions } from './server-questions.ts';
import { sendCall } from './send-call.ts';
import type { Session, UpstreamSession } from './session.ts';
import { Settlement, type Ending } from './settle-act.ts';
import { NOT_SWEPT, type Swept } from './sweeper.ts';
import type { UpstreamCall, UpstreamListener, ValueDigest } from './upstream-types.ts';
import type { UpstreamFailure } from './upstream-failure.ts';
import { tellCancelled } from './tell-cancelled.ts';
import { outgoingContext } from './trace-caller.ts';

/**
 * One allowed act on its way: attempt, credential, forward, answer. Callbacks throughout, for a promise per step
 * would cost more than the step. Ends exactly once; the agent's going away does not end it.
 */
export class Act implements Flight, UpstreamListener, Swept {
  readonly id: RpcId;
  readonly session: Session;
  sweepSlot = NOT_SWEPT;
  #parts: ActParts;
  #facts: ActFacts;
  #settlement: Settlement;
  #firstAttempt: ReceiptId | undefined;
  #exchange: UpstreamCall | undefined;
  #sentIn: UpstreamSession | undefined;
  /** Set while the attempt is being written: whatever happens then waits for it. */
  #attempting = false;
  /** Why, and how it is to end. */
  #unwanted: readonly [reason: string, ending: Ending] | undefined;
  #deadline = Infinity;
  #latest = Infinity;
  #retries: Retries | undefined;
  /** What the upstream asks of the client inside this call. */
  #questions: ServerQuestions | undefined;

  constructor(parts: ActParts, facts: ActFacts, outcomeId: ReceiptId) {
    this.#parts = parts;
    this.#facts = facts;
    this.id = facts.context.message.id;
    this.session = facts.context.session;
    this.#settlement = new Settlement(parts, facts, outcomeId, () => this.#leave());
  }

  /** Writes the attempt, then forwards. A log that can't take it is 503, and nothing leaves. */
  begin(): void {
    if (this.#settlement.ended) return;
    const { outcomeId } = this.#settlement;
    const prepare = prepareCredential.bind(null, this.#parts.minting, this.#facts);
    if (this.#facts.subject.waived) return this.#forwardOrFail(outcomeId, prepare(outcomeId, 'now'));
    const id = this.#parts.newReceiptId();
    const draft = attemptDraft(this.#facts, id, this.#parts.clock.now(), this.#firstAttempt);
    this.#attempting = true;
    const credential = prepare(id, 'ahead');
    this.#facts.context.log.attempt(draft, (error) => {
      this.#attempting = false;
      if (error !== null) return this.#settlement.refuse(error);
      this.#settlement.attempt = id;
      this.#firstAttempt ??= id;
      this.#forwardOrFail(id, credential);
    });
  }

  /** What is thrown here is a defect, but the attempt is in the log and must not stay open. */
  #forwardOrFail(callId: ReceiptId, credential: PreparedCredential): void {
    try {
      this.#forward(callId, credential);
    } catch (error) {
      this.#settlement.report(error, 'a call could not be forwarded');
      this.#end({ status: 'failed', message: 'The call could not be forwarded because of a defect here.' });
    }
  }

  cancel(reason: string): void {
    this.#unwant(reason, CANCELLED);
  }

  stop(): void {
    this.#unwant('stopping', stopped(this.#facts.context, this.#settlement.forwardedAt !== undefined));
  }

  #unwant(reason: string, ending: Ending): void {
    if (this.#settlement.ended) return;
    this.#unwanted = [reason, ending];
    if (!this.#attempting) this.#giveUp(reason, ending);
  }

  revoke(): void {
    this.#settlement.revoke();
    this.#questions?.close('Access was revoked.');
    this.#exchange?.recheck?.();
  }

  sweep(now: number): void {
    if (this.#parts.questions.isWaiting(this.session)) this.#extend(now);
    if (now < this.#deadline) return this.#settlement.reply.keepAlive(now);
    this.#giveUp('timed out', timedOut(this.#facts.context));
  }

  onHead(): void {}
  onEnd(): void {}

  onAnswer(bytes: Buffer, layout: AnswerLayout, received?: ValueDigest): void {
    const answer = readAnswerFor(this.#facts.context, bytes, layout, received);
    if ('kind' in answer && answer.kind === 'wants_browser') this.#wantBrowser(bytes, layout);
    else this.#endAs(answer);
  }

  /** An agent without a session is asked, and then the call is made anew; one with a session does so by itself. */
  #wantBrowser(bytes: Buffer, layout: AnswerLayout): void {
    if (this.session.single === undefined)
      return relayUrlError(this.#parts, this.#facts, this.#settlement.attempt, { bytes, layout }, (relayed) =>
        this.#endAs(relayed),
      );
    askForUrls(this.#parts, this.#facts, this.#askedHere(), { bytes, layout }, (problem) => {
      if (problem === undefined) this.begin();
      else this.#fail(problem);
    });
    this.#settlement.closeForResend(this.#parts.newReceiptId(), 'rpc_error', digestAnswer(bytes, layout));
    this.#exchange?.release();
  }

  #askedHere(): ServerQuestions {
    this.#questions ??= questionsInCall(this.#parts, this.#facts, this.#settlement);
    return this.#questions;
  }

  /** That nothing comes meanwhile is no silence. */
  onPause(ms: number): void {
    this.#extend(performance.now() + ms);
  }

  onFailure(failure: UpstreamFailure): void {
    if (failure.kind === 'header_mismatch') lookForDrift(this.#parts, this.#facts.context);
    this.#retries ??= new Retries(this.#parts, this.#facts, this.#settlement, this.#retried());
    this.#retries.onFailure(failure, {
      exchange: this.#exchange,
      sentIn: this.#sentIn ?? this.session.state.upstream,
    });
  }

  #retried(): RetriedAct {
    return {
      listener: this,
      reopens: () => {
        this.#deadline = this.#latest;
      },
      begin: () => this.begin(),
      goesOn: (exchange) => {
        this.#exchange = exchange;
      },
      fail: (failure) => this.#fail(failure),
      end: (ending) => this.#end(ending),
    };
  }

  onMessage(message: JsonObject, data: string): void {
    this.#extend(performance.now());
    if (this.#settlement.revoked || typeof message['method'] !== 'string') return;
    if (message['method'] === 'notifications/cancelled') return this.#questions?.forget(message['params']);
    if (message['id'] !== undefined) {
      if (this.#askedHere().hear(message)) return;
    } else {
      const text = relayedInCall(this.#parts, this.#facts.context, message, data);
      if (text === undefined) return;
      if (this.#settlement.events.add(text)) return void this.#settlement.reply.event(text);
    }
    this.#giveUp('too many messages', TOO_MANY_MESSAGES);
  }

  /** `callId` is what the upstream can find in the log: the attempt, or where it is waived the outcome. */
  #forward(callId: ReceiptId, credentialOf: PreparedCredential): void {
    if (this.#unwanted !== undefined) return this.#giveUp(...this.#unwanted);
    if (this.#settlement.revoked) {
      return this.#end({ status: 'withheld', message: 'Access was revoked before the call was forwarded.' });
    }
    const credential = credentialOf();
    if (!credential.ok) return this.#end({ status: 'failed', message: credential.error.message });
    this.#settlement.credentialReference = credential.value.reference;
    const forwardedAt = (this.#settlement.forwardedAt = this.#parts.clock.now());
    this.#startClock();
    const trace = outgoingContext(this.#settlement.trace, this.#facts.context, forwardedAt);
    const sent = { credential: credential.value, trace };
    this.#sentIn = this.session.state.upstream;
    this.#exchange = sendCall(this.#parts, this.#facts, callId, sent, this);
  }

  #startClock(): void {
    const now = performance.now();
    this.#latest = Math.min(this.#latest, now + CALL_MS_MAX);
    this.#deadline = now + silenceMsOf(this.#facts.context);
    this.#parts.sweeper.add(this);
  }

  /** The upstream gave a sign of life, or waits for a person as we do. */
  #extend(now: number): void {
    this.#deadline = Math.min(now + silenceMsOf(this.#facts.context), this.#latest);
  }

  #endAs(answer: ReadAnswer | UpstreamFailure): void {
    if ('kind' in answer) this.#fail(answer);
    else this.#end({ status: answer.status, answer });
  }

  #fail(failure: UpstreamFailure): void {
    this.#end(failed(this.#facts.context, failure));
  }

  /** Stops listening, and tells the upstream so: closing the connection alone cancels nothing. */
  #giveUp(reason: string, ending: Ending): void {
    this.#exchange?.abort();
    tellCancelled(this.#parts, this.#facts.context, this.#exchange, reason);
    this.#end(ending);
  }

  #end(ending: Ending): void {
    this.#parts.sweeper.delete(this);
    this.#questions?.close('The call has ended.');
    this.#settlement.end(ending);
  }

  #leave(): void {
    this.#parts.sweeper.delete(this);
    if (!this.#settlement.isTold) this.#exchange?.untold?.();
    this.#exchange?.release();
    this.#parts.flights.leave(this);
  }
}
