import { openEnvelope, sealEnvelope } from './envelope.ts';
import { StaleSealer } from './errors.ts';
import type { KeySet, KeySets } from './key-sets.ts';
import type { Sealer } from './types.ts';

/**
 * A sealer over keys in memory. Sealing under a key that was destroyed meanwhile is let through: nobody can open the
 * result, and a batch must not fail over one person's erasure. Opening refuses at once.
 */
export function createSealer(sets: KeySets, set: KeySet): Sealer {
  return {
    kid: set.active.kid,
    seal: (place, plaintext) => {
      if (!sets.isInTime(set)) throw new StaleSealer();
      return sealEnvelope(set.active, place, plaintext);
    },
    open: (place, envelope) => {
      if (!sets.isUsable(set)) throw new StaleSealer();
      return openEnvelope((kid) => set.byKid.get(kid), set.tenant, place, envelope);
    },
  };
}
