import type { ActFacts } from './act-drafts.ts';
import { NOT_REOPENED } from './act-endings.ts';
import { RESUME_ATTEMPTS_MAX, RESUME_DELAY_MS_MAX, RESUME_DELAY_MS_MIN } from './constants.ts';
import type { ActParts } from './parts.ts';
import { takeUp } from './resume-request.ts';
import type { UpstreamSession } from './session.ts';
import type { Ending, Settlement } from './settle-act.ts';
import type { UpstreamFailure } from './upstream-failure.ts';
import type { UpstreamCall, UpstreamListener } from './upstream-types.ts';

/** The act that is tried again. */
export interface RetriedAct {
  readonly listener: UpstreamListener;
  /** A new session is being opened, which has a time of its own. */
  reopens(): void;
  begin(): void;
  /** Its answer comes in this way from now on. */
  goesOn(exchange: UpstreamCall): void;
  fail(failure: UpstreamFailure): void;
  end(ending: Ending): void;
}

/** How an act was sent that has failed. */
interface Failed {
  readonly exchange: UpstreamCall | undefined;
  readonly sentIn: UpstreamSession;
}

/** What an act whose upstream has failed may try once more, without that anything is done twice. */
export class Retries {
  #parts: ActParts;
  #facts: ActFacts;
  #settlement: Settlement;
  #act: RetriedAct;
  #resumptions = 0;
  #resent = false;

  constructor(parts: ActParts, facts: ActFacts, settlement: Settlement, act: RetriedAct) {
    this.#parts = parts;
    this.#facts = facts;
    this.#settlement = settlement;
    this.#act = act;
  }

  onFailure(failure: UpstreamFailure, { exchange, sentIn }: Failed): void {
    // Once the answer's stream was taken up again the upstream has the call: sent anew, it might be done twice.
    if (failure.kind === 'session_lost' && !this.#resent && this.#resumptions === 0)
      return this.#resend(sentIn);
    const { lastEventId } = failure;
    if (lastEventId === undefined || this.#resumptions >= RESUME_ATTEMPTS_MAX) return this.#act.fail(failure);
    this.#resumptions += 1;
    const delay = Math.min(Math.max(exchange?.retryMs ?? 0, RESUME_DELAY_MS_MIN), RESUME_DELAY_MS_MAX);
    setTimeout(() => void this.#resume(lastEventId), delay).unref();
  }

  /** The upstream lost its session before it looked at the call: a new session, and a new attempt that names the first. */
  #resend(sentIn: UpstreamSession): void {
    this.#resent = true;
    this.#act.reopens();
    const { principal, server, session } = this.#facts.context;
    this.#settlement.closeForResend(this.#parts.newReceiptId());
    this.#parts.revive(principal, server, session, sentIn).then(
      (revived) => {
        if (this.#settlement.ended) return;
        if (revived.ok) this.#act.begin();
        else this.#act.fail(revived.error);
      },
      (error: unknown) => {
        this.#settlement.report(error, 'a session could not be revived');
        this.#act.fail(NOT_REOPENED);
      },
    );
  }

  /** 2025-11-25: an upstream may end the stream and go on when it is asked again with the last event's id. */
  async #resume(lastEventId: string): Promise<void> {
    await this.#parts.minting.warm(this.#facts.context.tenant).catch(() => undefined);
    if (this.#settlement.ended) return;
    if (this.#settlement.revoked) {
      return this.#act.end({
        status: 'withheld',
        message: 'Access was revoked while the call was under way.',
      });
    }
    const taken = takeUp(this.#parts, this.#facts, this.#settlement, lastEventId, this.#act.listener);
    if (taken.ok) this.#act.goesOn(taken.value);
    else this.#act.fail(taken.error);
  }
}
