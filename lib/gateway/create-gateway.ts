import type { TenantId } from '#lib/core';
import { HELD_BYTES_MAX, LAST_WORDS_MS, LISTING_BYTES_MAX } from './constants.ts';
import { Flights } from './flights.ts';
import { handleExchange } from './handle-exchange.ts';
import { step } from './refuse-exchange.ts';
import { endUpstream } from './handle-session.ts';
import { HeldBytes } from './held-bytes.ts';
import { createEras } from './negotiate-era.ts';
import { KnownLists } from './known-lists.ts';
import { createHttpAnswers } from './http-answers.ts';
import { OwnedTasks } from './owned-tasks.ts';
import type { ActParts } from './parts.ts';
import { createReadDefinitions } from './read-definitions.ts';
import { createReceiptIds } from './receipt-ids.ts';
import { createReviveSession } from './revive-session.ts';
import { createSessions, isMeant, type Sessions } from './sessions.ts';
import { isAt } from './session.ts';
import { createSessionStore, createTaskStore } from './store.ts';
import { RecentRevocations, type Revocation } from './recent-revocations.ts';
import { Sweeper } from './sweeper.ts';
import { StdioSessions } from './stdio/stdio-sessions.ts';
import type { Exchange, Gateway, GatewayDeps } from './types.ts';
import { createUpstreamLink } from './upstream-link.ts';
import { createUpstreamPool } from './upstream-pool.ts';
import { createWaitingParts } from './waiting-parts.ts';

export function createGateway(deps: GatewayDeps): Gateway {
  const { clock, database, egress, keys, minting, telemetry } = deps;
  const sweeper = new Sweeper();
  const around = { sweeper, held: new HeldBytes(HELD_BYTES_MAX) };
  const programs = new StdioSessions(deps.stdio, around, lineBytesMax(deps.config));
  const upstream = createUpstreamLink(egress, around, programs);
  const eras = createEras(upstream);
  const pool = createUpstreamPool({ upstream, eras, minting, telemetry });
  const store = createSessionStore(database, keys);
  const sessions = createSessions({ keys, clock, store });
  const taskStore = createTaskStore(database, clock);
  const waiting = createWaitingParts(deps);
  const parts: ActParts = {
    ...deps,
    answers: createHttpAnswers(deps.addresses),
    eras,
    flights: new Flights(),
    ...waiting,
    recent: new RecentRevocations(),
    rereading: new WeakSet(),
    newReceiptId: createReceiptIds(clock),
    knownLists: new KnownLists(),
    pool,
    revive: createReviveSession({ sessions, pool, upstream, eras, minting }),
    sessions,
    sweeper,
    tasks: new OwnedTasks(keys, taskStore),
    upstream,
  };
  const offerChanged = (tenant: TenantId | undefined) => parts.flights.offerChanged(tenant);
  const unsubscribe = [
    database.revocations.subscribe((notice) => {
      applyRevocation(parts, sessions, notice);
      programs.revoke(notice);
    }),
    deps.registry.onChange(offerChanged),
    deps.policy.onChange(offerChanged),
  ];
  let draining = false;

  return {
    handle(exchange) {
      if (draining) return refuseDraining(parts, exchange);
      step(parts, exchange, () => handleExchange(parts, exchange));
    },
    readDefinitions: createReadDefinitions({ minting, upstream, eras }),
    endSessions: (tx) => store.endAll(tx, clock.now()),
    sweep: async (tenant) =>
      (await store.sweep(tenant, clock.now())) +
      (await waiting.relays.sweep(tenant)) +
      (await taskStore.sweep(tenant)),
    activity: () => ({ ...parts.flights.counts, sessions: sessions.count(), programs: programs.count }),
    async close() {
      draining = true;
      parts.held.forgetAnswers();
      await parts.flights.idle(deps.config.drainMs);
      await endCalls(parts);
      parts.flights.closeStreams(() => true);
      for (const stop of unsubscribe) stop();
      await pool.close();
      upstream.channels.closeAll();
      await programs.close();
      await waiting.relay.close();
      sweeper.close();
    },
  };
}

/** Those that are still under way: their servers are told, and their outcomes are in the log, or it takes too long. */
async function endCalls({ flights, held, lastWords }: ActParts): Promise<void> {
  const endsAt = performance.now() + LAST_WORDS_MS;
  held.forgetAnswers();
  flights.stop();
  await flights.idle(LAST_WORDS_MS);
  // The end of a call may be what there is to be said.
  await lastWords.said(endsAt - performance.now());
}

/** A line may hold the longest answer and what stands around it. */
function lineBytesMax({ resultBytesMax }: GatewayDeps['config']): number {
  return Math.max(resultBytesMax, LISTING_BYTES_MAX) + 1_024;
}

/** Results that are on their way are withheld, streams closed, sessions ended here and upstream. */
function applyRevocation(parts: ActParts, sessions: Sessions, notice: Revocation): void {
  parts.recent.add(notice);
  parts.flights.revoke((session) => isMeant(session, notice));
  parts.pool.revoke(notice);
  for (const session of sessions.revoke(notice)) {
    const server = parts.registry.cached(session.tenant, session.claims.server);
    if (server !== undefined && isAt(session, server)) endUpstream(parts, { server }, session);
  }
}

function refuseDraining(parts: ActParts, exchange: Exchange): void {
  const message = 'This process is shutting down. Try again: another one takes over.';
  parts.answers.refuse(exchange, {
    status: 503,
    message,
    headers: ['retry-after', '1', 'connection', 'close'],
  });
}
