import { canonicalJson, isJsonObject, type Json } from '#lib/core';
import type { DefinitionKind } from '#lib/registry';
import { findAnswerProblem } from './act-answer.ts';
import { LISTING_BYTES_MAX } from './constants.ts';
import { inEra } from './era-result.ts';
import type { KnownList } from './known-lists.ts';
import { listingCredential } from './listing-credential.ts';
import { observeRelay } from './observe-relay.ts';
import { wireIdOf } from './parse-message.ts';
import type { ActContext, ActParts } from './parts.ts';
import { withAccess } from './ready.ts';
import { resultText } from './rpc-text.ts';
import { withoutOurMeta, withoutTaskMeta } from './strip-meta.ts';
import { relayAnswer, relayFailure, sendInSession } from './relay-plain.ts';
import type { UpstreamAnswer } from './upstream-link.ts';
import { isVisible } from './visible-offer.ts';

interface ListKind {
  readonly kind: DefinitionKind;
  /** Member of the result that holds the definitions. */
  readonly member: string;
  /** Member of a definition that names it. */
  readonly name: string;
}

const LISTS: Readonly<Record<string, ListKind>> = {
  'tools/list': { kind: 'tool', member: 'tools', name: 'name' },
  'prompts/list': { kind: 'prompt', member: 'prompts', name: 'name' },
  'resources/list': { kind: 'resource', member: 'resources', name: 'uri' },
  'resources/templates/list': { kind: 'template', member: 'resourceTemplates', name: 'uriTemplate' },
};

export function isListMethod(method: string): boolean {
  return Object.hasOwn(LISTS, method);
}

/** Asks the upstream, and shows of its answer what is pinned and what this principal may see. Never receipted. */
export async function relayList(parts: ActParts, context: ActContext): Promise<void> {
  await observeRelay(parts, context, async (observed) => await askForList(parts, observed));
}

async function askForList(parts: ActParts, context: ActContext): Promise<void> {
  const { message, server, exchange } = context;
  const list = LISTS[message.method] as ListKind;
  const credential = listingCredential(parts.minting, context.principal, server, message.method);
  if (!credential.ok) return relayFailure(parts, context, credential.error);
  const params =
    message.params === undefined
      ? ''
      : `,"params":${canonicalJson(withoutTaskMeta(withoutOurMeta(message.params)))}`;
  const wireId = wireIdOf(message);
  const body = `{"jsonrpc":"2.0","id":${JSON.stringify(wireId)},"method":"${message.method}"${params}}`;
  const answer = await sendInSession(parts, context, body, LISTING_BYTES_MAX);
  if (!answer.ok) return relayFailure(parts, context, answer.error);
  const problem = findAnswerProblem(wireId, answer.value);
  if (problem !== undefined) return relayFailure(parts, context, problem);
  const known = readList(parts, context, list, answer.value);
  if (known === undefined) return relayAnswer(parts, context, answer.value);
  const text = shownText(context, list, known);
  withAccess(parts, context, () => parts.answers.json(exchange, 200, resultText(message.id, text)));
}

/** Undefined where the upstream's answer is no list: an error, or something else. */
function readList(
  parts: ActParts,
  context: ActContext,
  list: ListKind,
  { bytes, layout }: UpstreamAnswer,
): KnownList | undefined {
  if (layout.member === 'error') return undefined;
  const value = bytes.subarray(layout.value.start, layout.value.end);
  const source = { server: context.server, ...list };
  const known = parts.knownLists.find(source, value);
  if (known !== undefined) return known;
  const result = JSON.parse(value.toString('utf8')) as Json;
  const listed = isJsonObject(result) ? result[list.member] : undefined;
  if (!isJsonObject(result) || !Array.isArray(listed)) return undefined;
  const isLast = result['nextCursor'] === undefined;
  noteDrift(parts, context, list, listed as readonly Json[], isLast, () =>
    parts.knownLists.forget(source, value),
  );
  return parts.knownLists.read(source, value, result, listed as readonly Json[]);
}

/** Pinned, unchanged since, and visible to this principal. */
function shownText(context: ActContext, { kind, member }: ListKind, { rest, things }: KnownList): string {
  const shown = things.filter(({ pinned }) => isVisible(context, kind, pinned)).map(({ text }) => text);
  const others = JSON.stringify(inEra(context.session, withoutOurMeta(rest))).slice(1);
  return `{"${member}":[${shown.join(',')}]${others === '}' ? '' : ','}${others}`;
}

/** What is seen to differ from its pin is denied everywhere from now on. Of one page nothing can be said to be absent. */
export function noteDrift(
  parts: ActParts,
  context: ActContext,
  { kind }: Pick<ListKind, 'kind'>,
  listed: readonly Json[],
  last: boolean,
  /** It could not be noted, and is to be seen again. */
  onLost?: () => void,
): void {
  const whole = last && context.message.params?.['cursor'] === undefined;
  const drifts = parts.registry
    .compare(context.server, kind, listed.filter(isJsonObject))
    .filter((drift) => whole || drift.liveSha256 !== undefined);
  if (drifts.length === 0) return;
  parts.registry.noteDrift(context.tenant.id, context.server.id, drifts).catch((error: unknown) => {
    onLost?.();
    parts.telemetry.logger.error(
      { err: error, server: context.server.id },
      'a changed definition could not be noted',
    );
  });
}
