import { randomUUID } from 'node:crypto';
import { err, ok, type Principal, type Result } from '#lib/core';
import type { Minting, UpstreamCredential } from '#lib/minting';
import type { PinnedServer } from '#lib/registry';
import type { UpstreamFailure } from './upstream-failure.ts';

/** The credential for what is no act: handshakes, lists, notifications, streams. Its token names no receipt. */
export function listingCredential(
  minting: Minting,
  principal: Principal,
  server: PinnedServer,
  method: string,
): Result<UpstreamCredential, UpstreamFailure> {
  const credential = minting.credentialFor({
    principal,
    server,
    method,
    purpose: 'listing',
    jti: randomUUID(),
  });
  return credential.ok
    ? ok(credential.value)
    : err({ kind: 'unauthorized', message: credential.error.message });
}
