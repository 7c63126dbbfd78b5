import { destroyTenantKeys } from './destroy-keys.ts';
import { describeKeys } from './describe-keys.ts';
import { createEncryptionKeys } from './encryption-key.ts';
import { KeySets } from './key-sets.ts';
import { createListening } from './listen-for-changes.ts';
import { makeTenantKeys, rotateDataKey } from './make-keys.ts';
import { createPersonKeys, createSealing } from './sealing.ts';
import { Signers } from './signers.ts';
import { createSigningKeyMaker, createSigningKeyReader } from './signing-keys.ts';
import type { KeyChange } from './store.ts';
import { createTenantKeys } from './tenant-keys.ts';
import type { Keys, KeysDeps } from './types.ts';

export function createKeys({ database, provider, clock }: KeysDeps): Keys {
  const sets = new KeySets(clock);
  const encryptionKeys = createEncryptionKeys(database, provider);
  const keys = createTenantKeys({ database, encryptionKeys, sets, clock });
  const sealing = createSealing(keys, sets);
  const signers = new Signers(clock, sealing.open);

  const drop = ({ tenant, label, all }: KeyChange) => {
    if (all) {
      sets.dropTenant(tenant);
      signers.drop(tenant);
    } else if (label === undefined) signers.forget(tenant);
    else sets.drop(tenant, label);
  };
  const dropAll = () => {
    sets.dropAll();
    signers.forget();
  };
  const listening = createListening(database, { drop, dropAll });
  const makeParts = { database, provider, encryptionKeys };
  const signingParts = { database, clock, signers, seal: sealing.seal, drop };

  return {
    createTenantKeys: async (tenant) => await makeTenantKeys(makeParts, tenant),
    check: encryptionKeys.check,
    destroyTenantKeys: async (tenant) => await destroyTenantKeys({ database, provider, drop }, tenant),
    rotateDataKey: async (tenant) => await rotateDataKey(makeParts, tenant, drop),
    ...sealing,
    ...createPersonKeys({ database, keys, sets, drop }),
    ...createSigningKeyMaker(signingParts),
    ...createSigningKeyReader(signingParts),
    describe: async (tenant) => await describeKeys({ database, signers }, tenant),
    start: listening.start,
    close: () => {
      listening.stop();
      dropAll();
      signers.close();
    },
  };
}
