import type { Principal, ReceiptId } from '#lib/core';
import type { TenantRecord } from '#lib/identity';
import type { PolicyEngine } from '#lib/policy';
import type { TenantLog } from '#lib/receipts';
import type { PinnedServer } from '#lib/registry';
import type { Flights } from './flights.ts';
import type { HeldCalls } from './held-calls.ts';
import type { HttpAnswers } from './http-answers.ts';
import type { Eras } from './negotiate-era.ts';
import type { KnownLists } from './known-lists.ts';
import type { LastWords } from './last-words.ts';
import type { LateNames } from './late-names.ts';
import type { RpcRequest } from './parse-message.ts';
import type { MadeTask, OwnedTasks } from './owned-tasks.ts';
import type { Questions } from './questions.ts';
import type { RecentRevocations } from './recent-revocations.ts';
import type { ReplicaRelay } from './replica-relay.ts';
import type { Retry } from './resume-held.ts';
import type { ReviveSession } from './revive-session.ts';
import type { Session } from './session.ts';
import type { Sessions } from './sessions.ts';
import type { RelayStore } from './store-relays.ts';
import type { Sweeper } from './sweeper.ts';
import type { Exchange, GatewayDeps } from './types.ts';
import type { TaskAnswer } from './update-task.ts';
import type { UpstreamLink } from './upstream-link.ts';
import type { UpstreamPool } from './upstream-pool.ts';

/** What every step of the pipeline works with. */
export interface Parts extends GatewayDeps {
  readonly answers: HttpAnswers;
  readonly sessions: Sessions;
  readonly flights: Flights;
  readonly questions: Questions;
  readonly relay: ReplicaRelay;
  readonly relays: RelayStore;
  readonly held: HeldCalls;
  readonly tasks: OwnedTasks;
  readonly lateNames: LateNames;
  readonly lastWords: LastWords;
  readonly upstream: UpstreamLink;
  readonly eras: Eras;
  readonly pool: UpstreamPool;
  readonly sweeper: Sweeper;
  readonly recent: RecentRevocations;
  readonly newReceiptId: () => ReceiptId;
  readonly knownLists: KnownLists;
  /** Servers whose tools are being read again after a refusal of headers: one reading at a time. */
  readonly rereading: WeakSet<PinnedServer>;
}

/** What forwarding needs besides. */
export interface ActParts extends Parts {
  readonly revive: ReviveSession;
}

/** An authenticated request at one server. */
export interface Caller {
  readonly exchange: Exchange;
  readonly tenant: TenantRecord;
  readonly principal: Principal;
  readonly server: PinnedServer;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  /** How many revocations there had been when the token was found good. */
  readonly revocationsSeen: number;
}

/** What a decision and a receipt need besides the caller; there only while log and policy are. */
export interface Ready {
  readonly log: TenantLog;
  readonly engine: PolicyEngine;
}

/** One request inside a session, ready to be decided. */
export interface ActContext extends Caller, Ready {
  readonly session: Session;
  readonly message: RpcRequest;
  /** Of the stateless era: what the client was asked meanwhile. */
  readonly retry?: Retry;
  /** The task that is asked about. */
  readonly task?: AskedTask;
  /** Hears how a relayed request failed, for metrics and trace. */
  readonly noteFailure?: (errorType: string) => void;
}

/** A task by the id that the agent gave, and the call of this very caller that made it; undefined: there is none. */
export interface AskedTask {
  readonly id: string;
  readonly made: MadeTask | undefined;
  /** What the agent answers to what the task has asked. */
  readonly answers?: readonly TaskAnswer[];
}

/** A session's own stream. */
export type StreamContext = Omit<ActContext, 'message'>;
