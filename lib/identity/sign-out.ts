import { fromHex, toHex, type PersonId } from '#lib/core';
import type { TenantTransaction } from '#lib/db';
import { expireCookie, serializeCookie } from '#lib/edge';
import * as client from 'openid-client';
import { SESSION_ABSOLUTE_MS } from './constants.ts';
import { draftReceipt } from './draft-receipt.ts';
import { sessionPlace, type PersonSeal } from './person-seal.ts';
import type { ProviderClient } from './provider-client.ts';
import { deleteSession, deleteSessionsOf, findSession, type StoredSession } from './store-sessions.ts';
import type {
  Actor,
  BrowserSession,
  IdentityDeps,
  IdentityProviders,
  People,
  SignedOut,
  TenantRecord,
} from './types.ts';

export interface SessionsDeps {
  readonly identity: IdentityDeps;
  readonly people: Pick<People, 'load'>;
  readonly providers: IdentityProviders;
  readonly client: ProviderClient;
  readonly seals: PersonSeal;
}

/** The cookie that is the session; nothing of it is stored but its hash. */
export function sessionCookie(deps: IdentityDeps, tenant: TenantRecord, value: string): string {
  const scope = deps.addresses.cookie('session', tenant.slug);
  return serializeCookie({ scope, value, maxAgeSeconds: SESSION_ABSOLUTE_MS / 1000 });
}

/** Its owner's session only; true when it was there. */
export async function endSession(
  { database }: IdentityDeps,
  tx: TenantTransaction,
  tenant: TenantRecord,
  idHash: Uint8Array,
  owner: PersonId,
): Promise<boolean> {
  if (!(await deleteSession(tx, idHash, owner))) return false;
  await database.revocations.revoke(tx, { tenant: tenant.id, kind: 'session', subject: toHex(idHash) });
  return true;
}

/** Ends the session here, or all of the person's; where the provider has a sign-out of its own, says where that is. */
export async function signOut(
  deps: SessionsDeps,
  tenant: TenantRecord,
  session: BrowserSession,
  { ip, everywhere }: { readonly ip: string | undefined; readonly everywhere: boolean },
): Promise<SignedOut> {
  const { database, clock, receipts, addresses } = deps.identity;
  const idHash = fromHex(session.id) ?? new Uint8Array();
  const db = database.tenantDb(tenant.id);
  const stored = await db.read(async (reader) => await findSession(reader, idHash));
  const redirectTo = (stored && (await endSessionUrl(deps, tenant, stored))) ?? signedOutUrl(tenant);
  await db.transaction(async (tx) => {
    const { id: owner } = session.person;
    const ended = everywhere
      ? await endSessionsOf(deps.identity, tx, tenant, owner)
      : Number(await endSession(deps.identity, tx, tenant, idHash, owner));
    if (ended === 0) return;
    const actor: Actor = { mode: 'user', person: session.person, ...(ip === undefined ? {} : { ip }) };
    const details = everywhere ? { event: 'sign_out_everywhere', sessions: ended } : { event: 'sign_out' };
    await receipts.stage(tx, tenant.id, draftReceipt(clock, actor, { kind: 'sign_in', details }));
  });
  return { redirectTo, setCookies: [expireCookie(addresses.cookie('session', tenant.slug))] };
}

/** Every session of a person, announced to every replica; how many ended. */
export async function endSessionsOf(
  { database }: Pick<IdentityDeps, 'database'>,
  tx: TenantTransaction,
  tenant: TenantRecord,
  owner: PersonId,
): Promise<number> {
  const ended = await deleteSessionsOf(tx, owner);
  for (const idHash of ended) {
    await database.revocations.revoke(tx, { tenant: tenant.id, kind: 'session', subject: toHex(idHash) });
  }
  return ended.length;
}

/** Where one stays signed out: the tenant's first page would lead back to a provider that may still know the person. */
function signedOutUrl(tenant: TenantRecord): string {
  return `${tenant.canonicalUrl}/sso/signed-out`;
}

/** OpenID Connect RP-Initiated Logout 1.0 §2, where the provider offers it. */
async function endSessionUrl(
  deps: SessionsDeps,
  tenant: TenantRecord,
  stored: StoredSession,
): Promise<string | undefined> {
  const provider = await deps.providers.load(tenant);
  if (provider === undefined || stored.sealed === null) return undefined;
  const id = toHex(stored.idHash);
  const held = await deps.seals.open(sessionPlace(tenant.id, stored.personId, id), stored.sealed);
  const idToken = held?.['idToken'];
  if (held?.['issuer'] !== provider.issuer || typeof idToken !== 'string') return undefined;
  const need = { secret: false, step: 'discovery' } as const;
  const found = await deps.client.run(tenant, provider, need, async (configuration) => {
    if (configuration.serverMetadata().end_session_endpoint === undefined) return undefined;
    const parameters = { id_token_hint: idToken, post_logout_redirect_uri: tenant.canonicalUrl };
    return client.buildEndSessionUrl(configuration, parameters).href;
  });
  if (found.ok) return found.value;
  const { kind, reason } = found.error;
  const what = { tenant: tenant.slug, kind, reason };
  deps.identity.telemetry.logger.warn(what, 'signed out here alone: the identity provider is of no use');
  return undefined;
}
