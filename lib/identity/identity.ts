import { createAgents } from './agents.ts';
import { createSignInWriter } from './complete-sign-in.ts';
import { createPeople } from './people.ts';
import { createPersonSeal } from './person-seal.ts';
import { createProviderClient } from './provider-client.ts';
import { createProviders } from './providers.ts';
import { createSessions } from './sessions.ts';
import { createSingleSignOn } from './sso.ts';
import { createChanges } from './store-changes.ts';
import { createTenants } from './tenants.ts';
import { createSignInTrials } from './try-sign-in.ts';
import type { Identity, IdentityDeps } from './types.ts';

/** Wires the parts; nothing is read or listened to before `start`. */
export function createIdentity(deps: IdentityDeps): Identity {
  const changes = createChanges(deps.database, (error) => {
    deps.telemetry.logger.warn(
      { err: error },
      'a change could not be announced; caches notice it when they expire',
    );
  });
  const seals = createPersonSeal(deps.keys);
  const providers = createProviders(deps, changes);
  const client = createProviderClient(deps, changes);
  const people = createPeople(deps, seals, changes);
  const sessions = createSessions({ identity: deps, people, providers, client, seals });
  const trials = createSignInTrials({ identity: deps, providers, client, sessions });
  const writer = createSignInWriter({ identity: deps, people, sessions, seals, changes });
  return {
    tenants: createTenants(deps, changes),
    providers,
    sso: createSingleSignOn({ identity: deps, providers, client, writer, trials }),
    sessions,
    people,
    agents: createAgents(deps, changes),
    start: async () => await changes.start(),
    close: async () => changes.stop(),
  };
}
