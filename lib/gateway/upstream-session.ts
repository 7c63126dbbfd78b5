import { err, isJsonObject, ok, type Json, type JsonObject, type Result } from '#lib/core';
import type { UpstreamCredential } from '#lib/minting';
import { STDIO_SCHEME } from '#lib/stdio';
import { LISTING_BYTES_MAX, PROTOCOL_VERSIONS, SSE_VERSION, UPSTREAM_TEXT_CHARS_MAX } from './constants.ts';
import type { UpstreamSession } from './session.ts';
import type { UpstreamOwner } from './upstream-owner.ts';
import type { UpstreamAnswer, UpstreamLink, UpstreamSend } from './upstream-link.ts';
import { nonsense, type UpstreamFailure } from './upstream-failure.ts';

/** Where a handshake goes and what it presents. */
export interface HandshakeTarget {
  readonly tenant: string;
  readonly url: string;
  readonly timeoutMs: number;
  readonly credential: UpstreamCredential;
}

/** And for whom a session is opened there. */
export interface OpeningTarget extends HandshakeTarget {
  readonly owner: UpstreamOwner;
  /** The id of the session that is opened anew. */
  readonly reopens?: string | undefined;
  /** Names this try. */
  readonly opening?: string | undefined;
}

export interface Handshake {
  readonly protocolVersion: string;
  readonly capabilities: JsonObject;
  readonly clientInfo: JsonObject;
}

export interface OpenedUpstream {
  readonly session: UpstreamSession;
  /** The result of initialize, as the upstream gave it or would have given it. */
  readonly result: JsonObject;
}

/** Says initialize to an upstream; over a channel of the transport of 2024-11-05 where it has a name. */
export async function openUpstream(
  link: UpstreamLink,
  target: OpeningTarget,
  handshake: Handshake,
  channel?: string,
): Promise<Result<OpenedUpstream, UpstreamFailure>> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params: handshake });
  const through =
    channel === undefined ? undefined : ({ era: 'session', protocolVersion: SSE_VERSION, channel } as const);
  const spoken = channel === undefined ? PROTOCOL_VERSIONS : [...PROTOCOL_VERSIONS, SSE_VERSION];
  const { owner, reopens, opening, timeoutMs } = target;
  const request = { ...post(target, through, body), expects: 'answer', owner, reopens, opening } as const;
  const answer = await link.ask(request, timeoutMs);
  if (!answer.ok) return answer;
  const read = readResult(answer.value);
  if (!read.ok) return read;
  const protocolVersion = read.value['protocolVersion'];
  if (typeof protocolVersion !== 'string' || !spoken.includes(protocolVersion)) {
    return err(
      nonsense(
        `it speaks protocol revision ${JSON.stringify(protocolVersion ?? null).slice(0, 40)}, and here ${spoken.join(', ')} are spoken`,
      ),
    );
  }
  const sessionId = answer.value?.sessionId;
  return ok({
    session: {
      era: 'session',
      protocolVersion,
      ...(sessionId === undefined ? {} : { sessionId }),
      ...(channel === undefined ? {} : { channel }),
    },
    result: read.value,
  });
}

/** Tells an upstream that the handshake is complete; one of the stateless era knows none. */
export async function confirmUpstream(
  link: UpstreamLink,
  target: HandshakeTarget,
  session: UpstreamSession,
): Promise<Result<void, UpstreamFailure>> {
  if (session.era === 'stateless') return ok(undefined);
  const body = '{"jsonrpc":"2.0","method":"notifications/initialized"}';
  const answer = await link.ask({ ...post(target, session, body), expects: 'acceptance' }, target.timeoutMs);
  return answer.ok ? ok(undefined) : answer;
}

/** Ends an upstream's session; whether it takes note is its own affair. */
export async function closeUpstream(
  link: UpstreamLink,
  target: HandshakeTarget,
  session: UpstreamSession,
): Promise<void> {
  const { tenant, url, credential, timeoutMs } = target;
  if (session.era === 'session' && session.channel !== undefined) return link.channels.close(session.channel);
  // In the stateless era there is something to end only where a process is the session's own.
  const isKept = session.era === 'session' ? session.sessionId !== undefined : url.startsWith(STDIO_SCHEME);
  if (!isKept) return;
  await link.ask(
    {
      tenant,
      url,
      credential,
      session,
      method: 'DELETE',
      expects: 'acceptance',
      bytesMax: LISTING_BYTES_MAX,
    },
    timeoutMs,
  );
}

/** The object in `result`, or the failure that an error means. */
export function readResult(answer: UpstreamAnswer | undefined): Result<JsonObject, UpstreamFailure> {
  if (answer === undefined) return err(nonsense('no answer'));
  const { bytes, layout } = answer;
  const value = JSON.parse(bytes.toString('utf8', layout.value.start, layout.value.end)) as Json;
  if (layout.member === 'result' && isJsonObject(value)) return ok(value);
  const message =
    isJsonObject(value) && typeof value['message'] === 'string' ? value['message'] : 'no message';
  return err({
    kind: 'refused',
    message: `answered with an error: ${JSON.stringify(message.slice(0, UPSTREAM_TEXT_CHARS_MAX))}.`,
  });
}

function post(
  { tenant, url, credential }: HandshakeTarget,
  session: UpstreamSession | undefined,
  body: string,
): Omit<UpstreamSend, 'expects'> {
  return { tenant, url, credential, session, method: 'POST', body, bytesMax: LISTING_BYTES_MAX };
}
