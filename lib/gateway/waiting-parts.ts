import { HeldCalls } from './held-calls.ts';
import { LastWords } from './last-words.ts';
import { LateNames } from './late-names.ts';
import type { Parts } from './parts.ts';
import { Questions } from './questions.ts';
import { takeAnswer } from './relay-answer.ts';
import { takeRelayed } from './relay-held.ts';
import { createReplicaRelay } from './replica-relay.ts';
import { createRelayStore } from './store-relays.ts';
import type { GatewayDeps } from './types.ts';

/** What waits for clients in this process or is waited for after them, and the way to it from others. */
export function createWaitingParts({
  database,
  keys,
  clock,
  telemetry,
}: GatewayDeps): Pick<Parts, 'questions' | 'held' | 'relays' | 'relay' | 'lateNames' | 'lastWords'> {
  const questions = new Questions();
  const held = new HeldCalls();
  const relays = createRelayStore(database, keys, clock);
  const relay = createReplicaRelay({
    database,
    store: relays,
    logger: telemetry.logger,
    holder: {
      holds: (about) => questions.has(about) || held.has(about),
      take: (tenant, about, message) =>
        held.has(about) ? takeRelayed(held, tenant, about, message) : takeAnswer(questions, about, message),
    },
  });
  const lastWords = new LastWords();
  return { questions, held, relays, relay, lastWords, lateNames: new LateNames(lastWords) };
}
