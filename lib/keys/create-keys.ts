import { createHmac } from 'node:crypto';
import type { TenantId } from '#lib/core';
import { createEncryptionKeys } from './encryption-key.ts';
import { openEnvelope, sealEnvelope } from './envelope.ts';
import { EnvelopeError } from './errors.ts';
import { KeySets } from './key-sets.ts';
import { createListening } from './listen-for-changes.ts';
import { makeTenantKeys, rotateDataKey } from './make-keys.ts';
import { createSealer } from './sealer.ts';
import { createSigningKeys } from './signing-keys.ts';
import { announceChange, deletePersonKey, insertPersonKey, type KeyChange } from './store.ts';
import { createTenantKeys, personLabel } from './tenant-keys.ts';
import type { Keys, KeysDeps, SealUnder } from './types.ts';
import { keyPlaces, makeKey, wrapUnder } from './wrap-keys.ts';

export function createKeys({ database, provider, clock }: KeysDeps): Keys {
  const sets = new KeySets(clock);
  const encryptionKeys = createEncryptionKeys(database, provider);
  const keys = createTenantKeys({ database, encryptionKeys, sets, clock });

  const seal: Keys['seal'] = async (tenant, place, plaintext) =>
    sealEnvelope((await keys.data(tenant)).active, place, plaintext);
  const open: Keys['open'] = async (tenant, place, envelope) => {
    const set = await keys.dataKnowing(tenant, envelope);
    return openEnvelope((kid) => set.byKid.get(kid), tenant, place, envelope);
  };
  const sealer = async (tenant: TenantId, under: SealUnder) => {
    const set = await keys.under(tenant, under);
    return set && createSealer(sets, set);
  };

  const drop = ({ tenant, label }: KeyChange) => {
    if (label === undefined) signing.forget(tenant);
    else sets.drop(tenant, label);
  };
  const dropAll = () => {
    sets.dropAll();
    signing.forget();
  };
  const signing = createSigningKeys({ database, clock, seal, open, drop });
  const listening = createListening(database, { drop, dropAll });
  const {
    createSigningKey,
    activateSigningKey,
    signer,
    cachedSigner,
    signerByKid,
    publicKeys,
    inactiveKeys,
  } = signing;

  return {
    createTenantKeys: async (tenant) => await makeTenantKeys({ database, provider, encryptionKeys }, tenant),
    check: encryptionKeys.check,
    rotateDataKey: async (tenant) =>
      await rotateDataKey({ database, provider, encryptionKeys }, tenant, drop),
    seal,
    open,
    tryOpen: async (tenant, place, envelope) => {
      try {
        return await open(tenant, place, envelope);
      } catch (error) {
        if (error instanceof EnvelopeError) return undefined;
        throw error;
      }
    },
    // `data` and `archive` always are there, which `under` throws for otherwise.
    sealer: sealer as Keys['sealer'],

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
    lookup: async (tenant, kind, text) => {
      const { active } = await keys.lookup(tenant);
      return createHmac('sha256', active.key).update(`${kind}\0${text}`).digest();
    },

    createSigningKey,
    activateSigningKey,
    signer,
    cachedSigner,
    signerByKid,
    publicKeys,
    inactiveKeys,

    start: listening.start,
    close: () => {
      listening.stop();
      dropAll();
    },
  };
}
