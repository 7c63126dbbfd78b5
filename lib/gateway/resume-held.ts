import { isJsonObject, type Json, type JsonObject } from '#lib/core';
import type { ActFacts } from './act-drafts.ts';
import { COUNTERSIGN_ERROR_CODE } from './constants.ts';
import type { Parts } from './parts.ts';
import { relayRetry } from './relay-held.ts';
import { withAccess } from './ready.ts';
import { unavailable } from './refuse-exchange.ts';
import { openRequestState, type RequestState } from './request-state.ts';
import { errorText } from './rpc-text.ts';

const INVALID_PARAMS = -32_602;

/** What a client of the stateless era brings when it asks again. */
export interface Retry {
  readonly requestState: Json | undefined;
  readonly inputResponses: Json | undefined;
}

/** Requests of which a client may be asked something first (MCP 2026-07-28, multi round-trip requests). */
export const RETRIED_METHODS: ReadonlySet<string> = new Set(['tools/call', 'prompts/get', 'resources/read']);

/**
 * It brings answers, but no call that waits for them: it is a call of its own, whose server may ask for just these (MCP
 * 2026-07-28: a server need not give a requestState).
 */
export function bringsAnswersAlone({ requestState, inputResponses }: Retry): boolean {
  return requestState === undefined && isJsonObject(inputResponses);
}

/** The params of a request without what makes it a retry; undefined where it is none. */
export function splitRetry(
  method: string,
  params: JsonObject,
): {
  readonly params: JsonObject;
  readonly retry: Retry | undefined;
} {
  const { requestState, inputResponses, ...rest } = params;
  const isRetry = RETRIED_METHODS.has(method) && (requestState !== undefined || inputResponses !== undefined);
  return isRetry ? { params: rest, retry: { requestState, inputResponses } } : { params, retry: undefined };
}

/**
 * A call that was decided on once more, for its client asks again: token, grant, policy and pin are as good as at first,
 * or it would not have come here. It goes on where it waits.
 */
export function resumeHeld(parts: Parts, facts: ActFacts, { requestState, inputResponses }: Retry): void {
  const { exchange, message, tenant } = facts.context;
  const refuse = (text: string) =>
    parts.answers.json(exchange, 400, errorText(message.id, INVALID_PARAMS, text));
  const responses = inputResponses ?? {};
  if (!isJsonObject(responses)) return refuse('params.inputResponses must be an object.');
  if (typeof requestState !== 'string') return refuse('params.requestState must be the text that was given.');
  openRequestState(parts, facts, requestState).then(
    (state) =>
      withAccess(parts, facts.context, () => {
        if (state === undefined) return refuse(NOT_YOURS);
        const held = parts.held.find(tenant.id, state.hold);
        if (held !== undefined) return held.resume(exchange, message.id, responses);
        relayRetry(parts, facts.context, state.hold, responses).then(
          (isAnswered) => (isAnswered ? undefined : tellGone(parts, facts, state)),
          (error: unknown) => unavailable(parts, exchange, error),
        );
      }),
    (error: unknown) => unavailable(parts, exchange, error),
  );
}

const NOT_YOURS =
  'params.requestState is not one that was given to you for this very call, was used already, or has expired. Call again without it.';

/** DESIGN 5.6: a call whose replica died is closed as unknown, and the agent is told so. */
function tellGone(parts: Parts, { context }: ActFacts, { attempt }: RequestState): void {
  const where = attempt === null ? '' : ` Its attempt is receipt ${attempt}.`;
  const text = `The call that waited for this has ended, and what it did is unknown.${where}`;
  const data = attempt === null ? '' : `"attempt":"${attempt}"`;
  parts.answers.json(
    context.exchange,
    200,
    errorText(context.message.id, COUNTERSIGN_ERROR_CODE, text, data),
  );
}
