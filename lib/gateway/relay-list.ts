import { canonicalJson, isJsonObject, type Json } from '#lib/core';
import { hashDefinition, type DefinitionKind } from '#lib/registry';
import { findAnswerProblem } from './act-answer.ts';
import { LISTING_BYTES_MAX } from './constants.ts';
import { inEra } from './era-result.ts';
import { listingCredential } from './listing-credential.ts';
import { observeRelay } from './observe-relay.ts';
import { wireIdOf } from './parse-message.ts';
import type { ActContext, ActParts } from './parts.ts';
import { withAccess } from './ready.ts';
import { resultText } from './rpc-text.ts';
import { withoutOurMeta } from './strip-meta.ts';
import { relayAnswer, relayFailure, sendInSession } from './relay-plain.ts';
import { isVisible, pinsOf } from './visible-offer.ts';

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
    message.params === undefined ? '' : `,"params":${canonicalJson(withoutOurMeta(message.params))}`;
  const wireId = wireIdOf(message);
  const body = `{"jsonrpc":"2.0","id":${JSON.stringify(wireId)},"method":"${message.method}"${params}}`;
  const answer = await sendInSession(parts, context, body, LISTING_BYTES_MAX);
  if (!answer.ok) return relayFailure(parts, context, answer.error);
  const problem = findAnswerProblem(wireId, answer.value);
  if (problem !== undefined) return relayFailure(parts, context, problem);
  const { bytes, layout } = answer.value;
  const result = JSON.parse(bytes.toString('utf8', layout.value.start, layout.value.end)) as Json;
  const listed = isJsonObject(result) ? result[list.member] : undefined;
  if (layout.member === 'error' || !isJsonObject(result) || !Array.isArray(listed))
    return relayAnswer(parts, context, answer.value);
  noteDrift(parts, context, list, listed as readonly Json[], result['nextCursor'] === undefined);
  const shown = (listed as readonly Json[]).filter((definition) => isShown(context, list, definition));
  const filtered = inEra(context.session, withoutOurMeta({ ...result, [list.member]: shown }));
  withAccess(parts, context, () =>
    parts.answers.json(exchange, 200, resultText(message.id, JSON.stringify(filtered))),
  );
}

/** Pinned, unchanged since, and visible to this principal. */
function isShown(context: ActContext, { kind, name }: ListKind, definition: Json): boolean {
  if (!isJsonObject(definition)) return false;
  const key = definition[name];
  if (typeof key !== 'string') return false;
  const pinned = pinsOf(context.server, kind).get(key);
  if (pinned === undefined || pinned.definitionSha256 !== hashDefinition(definition).sha256) return false;
  return isVisible(context, kind, pinned);
}

/** What is seen to differ from its pin is denied everywhere from now on. Of one page nothing can be said to be absent. */
export function noteDrift(
  parts: ActParts,
  context: ActContext,
  { kind }: Pick<ListKind, 'kind'>,
  listed: readonly Json[],
  last: boolean,
): void {
  const whole = last && context.message.params?.['cursor'] === undefined;
  const drifts = parts.registry
    .compare(context.server, kind, listed.filter(isJsonObject))
    .filter((drift) => whole || drift.liveSha256 !== undefined);
  if (drifts.length === 0) return;
  parts.registry.noteDrift(context.tenant.id, context.server.id, drifts).catch((error: unknown) => {
    parts.telemetry.logger.error(
      { err: error, server: context.server.id },
      'a changed definition could not be noted',
    );
  });
}
