import {
  canonicalJson,
  err,
  isJsonObject,
  ok,
  type Err,
  type Json,
  type JsonObject,
  type Result,
} from '#lib/core';
import type { PinnedServer } from '#lib/registry';
import { isDeclared, samplesWithTools, type Askable } from './client-capabilities.ts';
import { COUNTERSIGN_ERROR_CODE, EVENT_BYTES_MAX } from './constants.ts';
import { readOpenUrl, type UrlRules } from './open-url.ts';
import type { ClientAnswer } from './questions.ts';
import { findSensitive } from './sensitive-form.ts';
import { withoutOurMeta } from './strip-meta.ts';

const METHOD_NOT_FOUND = -32_601;
const INVALID_PARAMS = -32_602;

export type QuestionKind = 'sampling' | 'elicitation' | 'roots';

/** What a server may ask of its client, and what receipts call it. */
export const QUESTION_KINDS: ReadonlyMap<string, QuestionKind> = new Map([
  ['sampling/createMessage', 'sampling'],
  ['elicitation/create', 'elicitation'],
  ['roots/list', 'roots'],
]);

/** A question as it came from a server. */
export interface AskedQuestion {
  readonly method: string;
  readonly params: JsonObject;
  /** The server's own name for it, where its revision has names for questions. */
  readonly name?: string;
}

/** A question that may be put to a client, should policy permit it. */
export interface ReadQuestion {
  /** As the client gets them. */
  readonly params: JsonObject;
  /** What policies see of it. */
  readonly arguments: JsonObject;
  /** RFC 8785 text of what is asked, and of what the server asked where that differs. */
  readonly askedText: string;
  readonly receivedText: string | undefined;
}

/** Why a question is not put to anybody: for the server that asked, and for the receipt. */
export interface QuestionRefusal {
  readonly code: number;
  readonly reason: string;
}

export interface QuestionSurroundings {
  readonly server: Pick<PinnedServer, 'id'>;
  /** What the agent declared. */
  readonly capabilities: JsonObject;
  readonly urls: UrlRules;
}

type Read = Result<Pick<ReadQuestion, 'params' | 'arguments'>, QuestionRefusal>;

/** Checks a question and makes of it what a client may get. */
export function readQuestion(
  { method, params }: AskedQuestion,
  around: QuestionSurroundings,
): Result<ReadQuestion, QuestionRefusal> {
  // Nobody here has declared that questions may be tasks: the word is ignored (MCP 2025-11-25, tasks, Task Support and Handling).
  const { task: _task, ...plain } = withoutOurMeta(params);
  const read = readBy(method, plain, around);
  if (!read.ok) return read;
  const askedText = questionText(read.value.params);
  if (askedText.length > EVENT_BYTES_MAX) return unfit(`It is larger than ${EVENT_BYTES_MAX} bytes.`);
  const received = questionText(params);
  return ok({ ...read.value, askedText, receivedText: received === askedText ? undefined : received });
}

/** RFC 8785 text of a question, which like everything without arguments is hashed without `_meta` (FORMATS 1). */
export function questionText({ _meta, ...params }: JsonObject): string {
  return canonicalJson(params);
}

/** Why this is no answer to such a question. */
export function findClientProblem(
  method: string,
  params: JsonObject,
  { member, value }: ClientAnswer,
): string | undefined {
  if (member === 'error') {
    const isError = Number.isInteger(value['code']) && typeof value['message'] === 'string';
    return isError ? undefined : 'An error needs a code and a message.';
  }
  if (method === 'roots/list') return Array.isArray(value['roots']) ? undefined : 'The result needs roots.';
  if (method !== 'elicitation/create') return undefined;
  const { action } = value;
  if (action !== 'accept' && action !== 'decline' && action !== 'cancel')
    return 'The result needs an action: accept, decline or cancel.';
  const leaks = params['mode'] === 'url' && value['content'] !== undefined;
  return leaks ? 'In URL mode a result has no content.' : undefined;
}

function readBy(method: string, params: JsonObject, around: QuestionSurroundings): Read {
  switch (QUESTION_KINDS.get(method)) {
    case 'sampling':
      return readSampling(params, around);
    case 'elicitation':
      return params['mode'] === undefined || params['mode'] === 'form'
        ? readForm(params, around)
        : readUrl(params, around);
    case 'roots':
      return declared(around, 'roots', () => ok({ params, arguments: {} }));
    case undefined:
      return err({ code: METHOD_NOT_FOUND, reason: 'No client is asked that.' });
  }
}

/** `includeContext` is always cut: what other servers told this client is nobody else's (DESIGN 4). */
function readSampling(params: JsonObject, around: QuestionSurroundings): Read {
  return declared(around, 'sampling', () => {
    const { messages, maxTokens } = params as { [key: string]: Json | undefined };
    if (!Array.isArray(messages)) return unfit('It needs messages.');
    if (!Number.isSafeInteger(maxTokens)) return unfit('It needs maxTokens, an integer.');
    const tools = params['tools'] !== undefined || params['toolChoice'] !== undefined;
    if (tools && !samplesWithTools(around.capabilities))
      return unfit('The agent did not say that its model can use tools.');
    const cut = params['includeContext'] === undefined ? params : { ...params, includeContext: 'none' };
    return ok({ params: cut, arguments: { maxTokens: maxTokens as number, tools } });
  });
}

function readForm(params: JsonObject, around: QuestionSurroundings): Read {
  return declared(around, 'form', () => {
    const { message, requestedSchema } = params as { [key: string]: Json | undefined };
    if (typeof message !== 'string') return unfit('It needs a message.');
    if (!isJsonObject(requestedSchema)) return unfit('It needs requestedSchema.');
    const sensitive = findSensitive(message, requestedSchema);
    if (sensitive !== undefined) return unfit(sensitive);
    return ok({ params, arguments: { mode: 'form' } });
  });
}

/** The agent shows the message beside its own words: it says who asks, in characters that hide nothing. */
function readUrl(params: JsonObject, around: QuestionSurroundings): Read {
  return declared(around, 'url', () => {
    const { mode, message, elicitationId } = params as { [key: string]: Json | undefined };
    if (mode !== 'url') return unfit('Its mode is neither form nor url.');
    if (typeof message !== 'string') return unfit('It needs a message.');
    const nameless =
      elicitationId !== undefined && (typeof elicitationId !== 'string' || elicitationId === '');
    if (nameless) return unfit('Its elicitationId must be text.');
    const url = readOpenUrl(params['url'], around.urls);
    if (!url.ok) return unfit(`Its ${url.error}`);
    const said = `The server '${around.server.id}' asks: ${withoutTricks(message)}`;
    const shown = { ...params, url: url.value.href, message: said };
    return ok({ params: shown, arguments: { mode: 'url', host: url.value.hostname } });
  });
}

/** Control characters, and those that turn text around or hide it. */
function withoutTricks(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (each) => (each === '\n' ? each : '\uFFFD'));
}

function declared({ capabilities }: QuestionSurroundings, what: Askable, read: () => Read): Read {
  if (isDeclared(capabilities, what)) return read();
  const reason = 'The agent did not say that it can be asked that, or policy ruled it out for this session.';
  return err({ code: METHOD_NOT_FOUND, reason });
}

function unfit(reason: string): Err<QuestionRefusal> {
  return err({ code: INVALID_PARAMS, reason });
}

/** What a server hears when it is the policy that says no: whom it permits what is none of its business. */
export const NOT_PERMITTED: QuestionRefusal = {
  code: COUNTERSIGN_ERROR_CODE,
  reason: 'No policy here permits this server to ask that.',
};
