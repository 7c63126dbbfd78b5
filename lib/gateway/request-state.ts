import { randomUUID } from 'node:crypto';
import {
  canonicalJson,
  decodeUtf8,
  fromBase64Url,
  isJsonObject,
  toBase64Url,
  utf8,
  type JsonObject,
} from '#lib/core';
import type { ActFacts } from './act-drafts.ts';
import { QUESTION_MS_MAX, REQUEST_STATE_CHARS_MAX } from './constants.ts';
import type { Parts } from './parts.ts';

/** What `requestState` brings back: which call waits, and its attempt, to be named when nobody knows of it any more. */
export interface RequestState {
  readonly hold: string;
  readonly attempt: string | null;
}

interface Claims extends RequestState {
  readonly nonce: string;
  readonly expiresAt: number;
  /** RFC 8785 text of whose call it is, where, and of what. */
  readonly binding: string;
}

const PURPOSE = 'mcp-request-state';

/**
 * MCP 2026-07-28, multi round-trip requests: sealed over whose call it is, at which server, what was called with which
 * arguments, and until when; and good once, at whichever replica.
 */
export async function sealRequestState(parts: Parts, facts: ActFacts, state: RequestState): Promise<string> {
  const { tenant, server } = facts.context;
  const nonce = randomUUID();
  await parts.relays.put(tenant.id, nonce, {}, QUESTION_MS_MAX);
  const expiresAt = parts.clock.now() + QUESTION_MS_MAX;
  const claims: Claims = { ...state, nonce, expiresAt, binding: bindingOf(facts) };
  const place = { purpose: PURPOSE, record: server.id };
  return toBase64Url(await parts.keys.seal(tenant.id, place, utf8(JSON.stringify(claims))));
}

/** Undefined for everything that is not this very caller's, for this very call, in time, for the first time. */
export async function openRequestState(
  parts: Parts,
  facts: ActFacts,
  text: string,
): Promise<RequestState | undefined> {
  const { tenant, server } = facts.context;
  const sealed = text.length > REQUEST_STATE_CHARS_MAX ? undefined : fromBase64Url(text);
  if (sealed === undefined) return undefined;
  const opened = await parts.keys.tryOpen(tenant.id, { purpose: PURPOSE, record: server.id }, sealed);
  const claims: unknown = opened === undefined ? undefined : JSON.parse(decodeUtf8(opened) ?? 'null');
  if (!isJsonObject(claims)) return undefined;
  const { nonce, expiresAt, binding, hold, attempt } = claims as unknown as Claims;
  if (binding !== bindingOf(facts) || expiresAt <= parts.clock.now()) return undefined;
  return (await parts.relays.take(tenant.id, nonce)) === undefined ? undefined : { hold, attempt };
}

function bindingOf({ context, subject, arguments: args }: ActFacts): string {
  const { person, agent, grant, mode } = context.principal;
  // A call that may become a task is none for a client that does not say it takes one.
  const task = context.session.single?.takesTasks === true ? { task: true } : {};
  const binding: JsonObject = {
    ...task,
    person: person?.id ?? null,
    client: agent.clientId,
    grant,
    mode,
    method: context.message.method,
    tool: subject.tool?.name ?? null,
    uri: subject.uri ?? null,
    prompt: subject.prompt ?? null,
    arguments: args.sha256,
  };
  return canonicalJson(binding);
}
