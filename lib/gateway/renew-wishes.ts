import { randomUUID } from 'node:crypto';
import type { JsonObject, Principal } from '#lib/core';
import type { Minting } from '#lib/minting';
import type { PinnedServer } from '#lib/registry';
import { findAnswerProblem } from './act-answer.ts';
import { LISTING_BYTES_MAX, SUBSCRIBED_RESOURCES_MAX } from './constants.ts';
import { listingCredential } from './listing-credential.ts';
import type { SessionUpstream, UpstreamSession } from './session.ts';
import type { UpstreamLink } from './upstream-link.ts';

interface RenewParts {
  readonly upstream: Pick<UpstreamLink, 'ask'>;
  readonly minting: Minting;
}

/**
 * What the agent wants to hear outlives the half of its session that was lost: a server with sessions is told again, one
 * without is told with each request. Each was decided on when it was asked for, and is decided on whenever it tells.
 */
export async function renewWishes(
  parts: RenewParts,
  principal: Principal,
  server: PinnedServer,
  { logLevel, subscriptions }: UpstreamSession,
  opened: UpstreamSession,
): Promise<UpstreamSession> {
  const level = logLevel === undefined ? {} : { logLevel };
  if (opened.era === 'stateless')
    return { ...opened, ...level, ...(subscriptions === undefined ? {} : { subscriptions }) };
  const tell = async (method: string, params: JsonObject) =>
    await isAgreed(parts, principal, server, opened, method, params);
  const wanted = (subscriptions ?? []).slice(0, SUBSCRIBED_RESOURCES_MAX);
  const [isLevelSet, ...agreed] = await Promise.all([
    logLevel !== undefined && tell('logging/setLevel', { level: logLevel }),
    ...wanted.map((uri) => tell('resources/subscribe', { uri })),
  ]);
  const kept = wanted.filter((_, index) => agreed[index] === true);
  return {
    ...opened,
    ...(isLevelSet ? level : {}),
    ...(kept.length === 0 ? {} : { subscriptions: kept }),
  };
}

/** Nobody has asked for anything else meanwhile. */
export function isSameWish(one: UpstreamSession, other: UpstreamSession): boolean {
  const [uris, others] = [one.subscriptions ?? [], other.subscriptions ?? []];
  return (
    one.logLevel === other.logLevel &&
    uris.length === others.length &&
    uris.every((uri, index) => uri === others[index])
  );
}

/** Whether the server took it: what it refuses now it does not tell. */
async function isAgreed(
  { upstream, minting }: RenewParts,
  principal: Principal,
  server: PinnedServer,
  session: SessionUpstream,
  method: string,
  params: JsonObject,
): Promise<boolean> {
  const credential = listingCredential(minting, principal, server, method);
  if (!credential.ok) return false;
  const { tenant } = principal;
  const id = `renew-${randomUUID()}`;
  const body = JSON.stringify({ jsonrpc: '2.0', id, method, params });
  const asked = { tenant, url: server.url, session, credential: credential.value, body } as const;
  const answer = await upstream.ask(
    { ...asked, method: 'POST', expects: 'answer', bytesMax: LISTING_BYTES_MAX },
    server.timeoutMs,
  );
  if (!answer.ok || answer.value === undefined) return false;
  return answer.value.layout.member === 'result' && findAnswerProblem(id, answer.value) === undefined;
}
