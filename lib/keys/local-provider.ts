import { createSecretKey, randomBytes } from 'node:crypto';
import { KEY_BYTES } from './constants.ts';
import { openEnvelope, sealEnvelope, type EnvelopeKey } from './envelope.ts';
import { KeyUnavailable } from './errors.ts';
import {
  KeyFileError,
  keyFileName,
  keyFilePath,
  readKeyFile,
  removeKeyFile,
  writeKeyFile,
} from './key-file.ts';
import type { KeyProvider, KeyReference } from './types.ts';

/** Key-encryption keys in files, one per tenant, in a folder that all replicas share and that is backed up apart. */
export function createLocalKeyProvider({ keysDir }: { readonly keysDir: string }): KeyProvider {
  const load = async ({ tenant, kid, reference }: KeyReference): Promise<EnvelopeKey> => {
    const path = keyFilePath(keysDir, reference);
    try {
      const bytes = await readKeyFile(path, tenant, kid);
      const key = createSecretKey(bytes);
      bytes.fill(0);
      return { kid, tenant, key };
    } catch (error) {
      if (!(error instanceof KeyFileError)) throw error;
      const message = `The key file ${path} of tenant ${tenant} ${error.message}`;
      throw new KeyUnavailable({ kind: error.kind, tenant, message }, error);
    }
  };
  return {
    kind: 'local',
    createKey: async (tenant, kid) => {
      const name = keyFileName(tenant, kid);
      const key = randomBytes(KEY_BYTES);
      await writeKeyFile(keyFilePath(keysDir, name), tenant, kid, key);
      key.fill(0);
      return name;
    },
    wrap: async (reference, place, bytes) => sealEnvelope(await load(reference), place, bytes),
    unwrap: async (reference, place, wrapped) => {
      const key = await load(reference);
      return openEnvelope((kid) => (kid === key.kid ? key : undefined), reference.tenant, place, wrapped);
    },
    destroy: async ({ reference }) => {
      await removeKeyFile(keyFilePath(keysDir, reference));
      return 'destroyed';
    },
  };
}
