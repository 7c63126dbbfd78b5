import { randomBytes } from 'node:crypto';
import {
  decodeUtf8,
  fromBase64Url,
  isJsonObject,
  toBase64Url,
  utf8,
  type Principal,
  type TenantId,
} from '#lib/core';
import type { Keys } from '#lib/keys';
import type { SessionClaims } from './session.ts';

const REFERENCE_BYTES = 16;
const PURPOSE = 'mcp-session-id';

export function newClaims(principal: Principal, expiresAt: number): SessionClaims {
  return {
    server: principal.server,
    person: principal.person?.id,
    client: principal.agent.clientId,
    grant: principal.grant,
    mode: principal.mode,
    expiresAt,
    reference: toBase64Url(randomBytes(REFERENCE_BYTES)),
  };
}

/** The text of `Mcp-Session-Id`: an envelope under the tenant's data key, bound to tenant and server. */
export async function sealSessionId(keys: Keys, tenant: TenantId, claims: SessionClaims): Promise<string> {
  const sealed = await keys.seal(
    tenant,
    { purpose: PURPOSE, record: claims.server },
    utf8(JSON.stringify(claims)),
  );
  return toBase64Url(sealed);
}

/** What `id` says, if this tenant made it for this server; undefined for everything else. */
export async function openSessionId(
  keys: Keys,
  principal: Principal,
  id: string,
): Promise<SessionClaims | undefined> {
  const sealed = fromBase64Url(id);
  if (sealed === undefined) return undefined;
  const opened = await keys.tryOpen(principal.tenant, { purpose: PURPOSE, record: principal.server }, sealed);
  const text = opened && decodeUtf8(opened);
  const claims: unknown = text === undefined ? undefined : JSON.parse(text);
  return isJsonObject(claims) ? (claims as unknown as SessionClaims) : undefined;
}
