import type { OpenLoopJob, OpenLoopOutcome, Renewal } from './open-loop-types.ts';
import { followProgram } from './processes.ts';

export interface OpenLoad {
  renew(renewals: readonly Renewal[]): void;
  /** What every stretch brought. */
  readonly ended: Promise<readonly OpenLoopOutcome[]>;
}

/** Starts calls at a fixed rate; `hear` gets each stretch when it is over. */
export function startOpenLoad(
  job: OpenLoopJob,
  hear: (outcome: OpenLoopOutcome, stretch: number) => void = () => undefined,
): OpenLoad {
  const outcomes: OpenLoopOutcome[] = [];
  const { tell, ended } = followProgram<OpenLoopOutcome>('open-loop.ts', job, (outcome) => {
    outcomes.push(outcome);
    hear(outcome, outcomes.length);
  });
  return {
    renew: (renewals) => {
      for (const renewal of renewals) tell(renewal);
    },
    ended: ended.then(() => outcomes),
  };
}

const SETTLE_SECONDS = 2;

/** One stretch from beginning to end. @throws when an answer was not the success that is measured. */
export async function runOpenLoad(job: Omit<OpenLoopJob, 'everySeconds'>): Promise<OpenLoopOutcome> {
  const seconds = job.seconds + SETTLE_SECONDS;
  const whole = { ...job, seconds, settleSeconds: SETTLE_SECONDS, everySeconds: seconds };
  const [outcome] = await startOpenLoad(whole).ended;
  if (outcome === undefined) throw new Error('the load generator reported nothing');
  if (outcome.failed > 0 || outcome.answered === 0)
    throw new Error(
      `${outcome.failed} of ${outcome.due} calls failed: ${outcome.failure ?? 'no answer came'}`,
    );
  return outcome;
}
