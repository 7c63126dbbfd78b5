import { startDeadline, type TenantId } from '#lib/core';
import { closedAttempt } from './closed-attempt.ts';
import { ATTEMPT_WAIT_MS, OUTCOME_WAIT_MS, RETRY_MAX_MS, RETRY_MIN_MS } from './constants.ts';
import { deriveOutcome } from './derive-outcome.ts';
import { DraftError, LogUnavailable } from './errors.ts';
import type { Sealing } from './key-ring.ts';
import type { LoadedLog } from './log.ts';
import type { QueuedReceipt } from './queued-receipt.ts';
import { createSequencer, type Sequencer, type SequencerDeps } from './sequencer.ts';
import type { Appended, ReceiptDraft, TenantLog } from './types.ts';

export type Done = (error: LogUnavailable | null, appended?: Appended) => void;

export interface Submission {
  readonly draft: ReceiptDraft;
  readonly role: QueuedReceipt['role'];
  readonly done: Done;
  readonly atMs: number;
}

/** A log in this process: the handle that others get, and what appending needs. */
export interface LogHandle {
  readonly log: LoadedLog;
  readonly sequencer: Sequencer;
  readonly handle: TenantLog;
}

/** Ties a loaded log to a sequencer of its own. */
export function createLogHandle(
  tenant: TenantId,
  log: LoadedLog,
  deps: Omit<SequencerDeps, 'onAbandoned'>,
): LogHandle {
  const submit = (draft: ReceiptDraft, role: QueuedReceipt['role'], done: Done) => {
    const submission: Submission = { draft, role, done, atMs: deps.clock.now() };
    const known = log.ring.sealing(draft);
    if (known) enqueue(submission, known);
    else void loadAndEnqueue(submission);
  };
  const sequencer = createSequencer(log, {
    ...deps,
    onAbandoned: ({ draft }) => {
      const now = deps.clock.now();
      const outcome = deriveOutcome(draft, { id: deps.random.receiptId(now), at: now, status: 'failed' });
      submit(outcome, 'outcome', () => undefined);
    },
  });

  const enqueue = (submission: Submission, sealing: Sealing) => {
    const { draft, role, done } = submission;
    if (role === 'attempt' && draft.actor.person && !sealing.own)
      return done(new LogUnavailable('this person was erased: nothing is forwarded for them', draft.id));
    return sequencer.enqueue(makeQueued(log, submission, sealing));
  };
  /** Keys come from the database too: an outcome waits for them as it waits for the log. */
  const loadAndEnqueue = async (submission: Submission) => {
    const caller = withDeadline(submission, deps.timers);
    const isGivenUp = () => sequencer.isClosed() || (caller.isTold() && submission.role === 'attempt');
    for (let pauseMs = RETRY_MIN_MS; !isGivenUp(); pauseMs = Math.min(pauseMs * 2, RETRY_MAX_MS)) {
      try {
        const sealing = await log.ring.loadSealing(submission.draft);
        if (isGivenUp()) return;
        return enqueue({ ...submission, done: caller.handOver() }, sealing);
      } catch (error) {
        deps.logger.warn({ error: (error as Error).message }, 'keys for a receipt could not be loaded');
        await new Promise<void>((resolve) => deps.timers.setTimeout(resolve, pauseMs));
      }
    }
  };

  const handle: TenantLog = {
    tenant,
    id: log.id,
    head: () => log.position.head,
    attempt: (draft, done) => {
      if (draft.kind !== 'attempt') throw new DraftError('attempt() takes receipts of kind attempt');
      submit(draft, 'attempt', done);
    },
    outcome: (draft, done) => submit(draft, 'outcome', done),
    append: async (draft) =>
      await new Promise<Appended>((resolve, reject) => {
        submit(draft, 'other', (error, appended) => {
          if (appended) resolve(appended);
          else reject(error ?? new LogUnavailable('not appended', draft.id));
        });
      }),
  };
  return { log, sequencer, handle };
}

/** The caller's answer while keys are loaded; from the queue on, the sequencer alone answers. */
function withDeadline(
  { draft, role, done }: Submission,
  timers: SequencerDeps['timers'],
): { isTold(): boolean; handOver(): Done } {
  let told = false;
  const late = () => {
    told = true;
    const what = 'the keys for this receipt could not be loaded in time';
    done(new LogUnavailable(what, draft.attempt ?? draft.id));
  };
  const stop = startDeadline(waitMs(role), late, timers);
  return {
    isTold: () => told,
    handOver: () => {
      stop();
      return told ? nobody : done;
    },
  };
}

function waitMs(role: QueuedReceipt['role']): number {
  return role === 'attempt' ? ATTEMPT_WAIT_MS : OUTCOME_WAIT_MS;
}

/** A draft in the form in which the sequencer takes it. */
export function makeQueued(log: LoadedLog, submission: Submission, sealing: Sealing): QueuedReceipt {
  const { draft, role, done, atMs } = submission;
  const closed = closedAttempt(draft);
  const attempt = closed === undefined ? undefined : log.open.get(closed);
  const isFirst = attempt !== undefined && !attempt.isClosing;
  if (isFirst) {
    attempt.isClosing = true;
    log.closing += 1;
  }
  return {
    draft,
    role,
    sealing,
    done,
    deadlineMs: atMs + waitMs(role),
    bodyBytes: bodyBytes(draft),
    needsLookup: closed !== undefined && !isFirst,
    closes: closed !== undefined,
    attempt,
    told: false,
  };
}

function bodyBytes({ arguments: given, result, context, values }: ReceiptDraft): number {
  return (
    (given?.text?.length ?? 0) + (result?.bytes?.length ?? 0) + (context?.length ?? 0) + (values?.length ?? 0)
  );
}

/** For receipts whose fate the caller learns otherwise. */
export const nobody: Done = () => undefined;
