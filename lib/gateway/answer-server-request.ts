import { canonicalJson, isJsonObject, type JsonObject, type ReceiptId } from '#lib/core';
import type { ReceiptDraft, ReceiptKind } from '#lib/receipts';
import type { ActFacts } from './act-drafts.ts';
import { digestText } from './digest-text.ts';
import { listingCredential } from './listing-credential.ts';
import { LISTING_BYTES_MAX } from './constants.ts';
import type { Caller, Parts, Ready } from './parts.ts';
import type { Session } from './session.ts';

const METHOD_NOT_FOUND = -32_601;
const REASON = 'Requests of servers to the client are not relayed.';

/** The requests that a server may make of its client, and what their receipts are called. */
const KINDS: Readonly<Record<string, ReceiptKind>> = {
  'sampling/createMessage': 'sampling',
  'roots/list': 'roots',
  'elicitation/create': 'elicitation',
};

/** On whose stream a server asked something of the client. */
export interface AskedContext extends Omit<Caller, 'exchange' | 'receivedAt' | 'revocationsSeen'>, Ready {
  readonly session: Session;
}

/** Answers what a server asks of the client inside a call: a ping with yes, everything else with no and a receipt. */
export function answerServerRequest(
  parts: Parts,
  facts: ActFacts,
  attempt: ReceiptId | undefined,
  message: JsonObject,
): void {
  refuseServerRequest(parts, facts.context, facts.actor, attempt, message);
}

/** The same where there may be no call: on a session's own stream. */
export function refuseServerRequest(
  parts: Parts,
  context: AskedContext,
  actor: ReceiptDraft['actor'],
  attempt: ReceiptId | undefined,
  message: JsonObject,
): void {
  const { id, method } = message;
  if (typeof method !== 'string' || (typeof id !== 'string' && typeof id !== 'number')) return;
  const ping = method === 'ping';
  const answer = ping ? { result: {} } : { error: { code: METHOD_NOT_FOUND, message: REASON } };
  const kind = Object.hasOwn(KINDS, method) ? KINDS[method] : undefined;
  const log = parts.telemetry.logger;
  const receipted =
    ping || kind === undefined ? Promise.resolve() : receipt(parts, context, actor, kind, attempt, message);
  receipted.then(
    () => reply(parts, context, JSON.stringify({ jsonrpc: '2.0', id, ...answer })),
    (error: unknown) =>
      log.error({ err: error, method }, 'a request of a server could not be receipted and stays unanswered'),
  );
}

async function receipt(
  parts: Parts,
  context: AskedContext,
  actor: ReceiptDraft['actor'],
  kind: ReceiptKind,
  attempt: ReceiptId | undefined,
  message: JsonObject,
): Promise<void> {
  const params = isJsonObject(message['params']) ? message['params'] : {};
  const { _meta, ...asked } = params;
  await context.log.append({
    id: parts.newReceiptId(),
    at: parts.clock.now(),
    kind,
    ...(attempt === undefined ? {} : { attempt }),
    actor,
    server: context.server,
    decision: {
      effect: 'deny',
      policySetSha256: context.engine.setSha256,
      policies: [],
      reasons: [REASON],
      obligations: [],
      shadow: [],
    },
    status: 'denied',
    arguments: digestText(canonicalJson(asked)),
  });
}

function reply(parts: Parts, context: AskedContext, body: string): void {
  const { principal, server, session } = context;
  const credential = listingCredential(parts.minting, principal, server, 'response');
  if (!credential.ok) return;
  const request = {
    url: server.url,
    session: session.state.upstream,
    credential: credential.value,
    body,
  } as const;
  void parts.upstream.ask(
    { ...request, method: 'POST', expects: 'acceptance', bytesMax: LISTING_BYTES_MAX },
    server.timeoutMs,
  );
}
