import { createPublicKey, type KeyObject } from 'node:crypto';
import { ExternalSigningKey } from 'oidc-provider';
import type { Signer } from '#lib/keys';

/** Lets oidc-provider sign with a key whose private part it never sees. */
export class TenantSigningKey extends ExternalSigningKey {
  readonly #signer: Signer;
  readonly #publicKey: KeyObject;

  constructor(signer: Signer) {
    super();
    this.#signer = signer;
    this.#publicKey = createPublicKey({ key: { ...signer.publicJwk }, format: 'jwk' });
  }

  override get kid(): string {
    return this.#signer.kid;
  }

  override get alg(): string {
    return 'EdDSA';
  }

  override keyObject(): KeyObject {
    return this.#publicKey;
  }

  override sign(data: Uint8Array): Uint8Array {
    return this.#signer.sign(data);
  }
}
