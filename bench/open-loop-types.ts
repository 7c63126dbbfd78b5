import type { LoadClient } from './load-types.ts';

/** A caller of the open loop: it may call another address than the others. */
export interface OpenLoopClient extends LoadClient {
  readonly url: string;
}

/** Calls that begin when it is their time, whether or not earlier ones were answered. All go to one origin. */
export interface OpenLoopJob {
  /** They call in turn. */
  readonly clients: readonly OpenLoopClient[];
  /** Calls a second, all clients together. */
  readonly rate: number;
  readonly seconds: number;
  /** The first seconds are not reported: connections are opened then, and the generator's own code is compiled. */
  readonly settleSeconds?: number;
  /** How long a stretch is that is reported by itself. */
  readonly everySeconds: number;
  /** Text that every successful answer holds. */
  readonly marker: string;
}

/** A client's new token, as a line of standard input. */
export interface Renewal {
  readonly client: number;
  readonly authorization: string;
}

/** What happened in one stretch. Times count from when a call was due, so that a stall shows in all that it delayed. */
export interface OpenLoopOutcome {
  readonly seconds: number;
  readonly due: number;
  /** Due, and not sent: as many calls as are sent at once waited for their answers already. */
  readonly unsent: number;
  readonly answered: number;
  /** Since the beginning, what is not reported included: what CPU time is divided by. */
  readonly answered_in_all: number;
  readonly failed: number;
  /** Of the first failure, for whoever has to find out. */
  readonly failure?: string;
  readonly rps: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly max_ms: number;
}
