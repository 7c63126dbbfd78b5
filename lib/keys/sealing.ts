import { createHmac } from 'node:crypto';
import type { TenantId } from '#lib/core';
import type { Database } from '#lib/db';
import { openEnvelope, sealEnvelope } from './envelope.ts';
import { EnvelopeError } from './errors.ts';
import type { KeySets } from './key-sets.ts';
import { createSealer } from './sealer.ts';
import { announceChange, deletePersonKey, insertPersonKey, type KeyChange } from './store.ts';
import { personLabel, type TenantKeys } from './tenant-keys.ts';
import type { Keys, SealUnder } from './types.ts';
import { keyPlaces, makeKey, wrapUnder } from './wrap-keys.ts';

/** Seals, opens and looks up with the keys in memory. */
export function createSealing(
  keys: TenantKeys,
  sets: KeySets,
): Pick<Keys, 'seal' | 'open' | 'tryOpen' | 'sealer' | 'lookup'> {
  const open: Keys['open'] = async (tenant, place, envelope) => {
    const set = await keys.dataKnowing(tenant, envelope);
    return openEnvelope((kid) => set.byKid.get(kid), tenant, place, envelope);
  };
  const sealer = async (tenant: TenantId, under: SealUnder) => {
    const set = await keys.under(tenant, under);
    return set && createSealer(sets, set);
  };
  return {
    open,
    // `data` and `archive` always are there, which `under` throws for otherwise.
    sealer: sealer as Keys['sealer'],
    seal: async (tenant, place, plaintext) =>
      sealEnvelope((await keys.data(tenant)).active, place, plaintext),
    tryOpen: async (tenant, place, envelope) => {
      try {
        return await open(tenant, place, envelope);
      } catch (error) {
        if (error instanceof EnvelopeError) return undefined;
        throw error;
      }
    },
    lookup: async (tenant, kind, text) => {
      const { active } = await keys.lookup(tenant);
      return createHmac('sha256', active.key).update(`${kind}\0${text}`).digest();
    },
  };
}

interface PersonKeyParts {
  readonly database: Database;
  readonly keys: TenantKeys;
  readonly sets: KeySets;
  readonly drop: (change: KeyChange) => void;
}

export function createPersonKeys(parts: PersonKeyParts): Pick<Keys, 'createPersonKey' | 'destroyPersonKey'> {
  const { database, keys, sets, drop } = parts;
  return {
    createPersonKey: async (tx, tenant, person) => {
      const { active } = await keys.data(tenant);
      const place = (id: string) => keyPlaces.person(person, id);
      await insertPersonKey(tx, tenant, person, wrapUnder(active, place, makeKey(tenant)));
    },
    destroyPersonKey: async (tx, tenant, person) => {
      await deletePersonKey(tx, person);
      sets.drop(tenant, personLabel(person));
      announceChange(database, tx, { tenant, label: personLabel(person) }, drop);
    },
  };
}
