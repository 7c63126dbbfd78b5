import { isJsonObject, type Json } from '#lib/core';
import type { CommittedHead, OutcomeStatus, ReceiptDraft } from '#lib/receipts';
import { URL_ELICITATION_REQUIRED } from './constants.ts';
import { digestOf, sha256Hex } from './digest-text.ts';
import { locateAnswer, type AnswerLayout } from './locate-answer.ts';
import { wireIdOf, type RpcId } from './parse-message.ts';
import type { ActContext } from './parts.ts';
import { mayBecomeTask, readTaskAnswer } from './task-answer.ts';
import { spliceOf, stampMember, stripForeignStamps } from './stamp-answer.ts';
import { translatorFor, type TranslateAnswer, type TranslatedAnswer } from './translate-answer.ts';
import { nonsense, type UpstreamFailure } from './upstream-failure.ts';
import type { ValueDigest } from './upstream-types.ts';

/** An upstream's answer, cleaned of what only we may say, with its digests. */
export interface ReadAnswer {
  readonly bytes: Buffer;
  readonly layout: AnswerLayout;
  readonly status: OutcomeStatus;
  readonly result: NonNullable<ReceiptDraft['result']>;
  /** Of the value as received, where that differs. */
  readonly upstream: ReceiptDraft['upstream'];
  /** Of a response that is not a stream. */
  readonly httpStatus: number;
}

const CR = 0x0d;
/** Below this a text is put together; above it bytes are copied once. */
const TEXT_BYTES_MAX = 64 * 1024;

/** The answer to what was asked, in the words of the client's era. */
export function readAnswerFor(
  context: ActContext,
  bytes: Buffer,
  layout: AnswerLayout,
  received?: ValueDigest,
): ReadAnswer | UpstreamFailure {
  const answer = readAnswer(wireIdOf(context.message), bytes, layout, received, translatorFor(context));
  const concernsTask = context.task !== undefined || mayBecomeTask(context);
  return concernsTask && !('kind' in answer) ? readTaskAnswer(context, answer) : answer;
}

/** Checks that an answer is one to `id`, and takes its digests; `received` is of the value before it was translated. */
export function readAnswer(
  id: RpcId,
  bytes: Buffer,
  layout: AnswerLayout,
  received?: ValueDigest,
  translate?: TranslateAnswer,
): ReadAnswer | UpstreamFailure {
  const problem = findAnswerProblem(id, { bytes, layout });
  return problem ?? digestAnswer(bytes, layout, received, translate);
}

/** Cleans an answer, puts it in the client's era, and takes its digests. */
export function digestAnswer(
  bytes: Buffer,
  layout: AnswerLayout,
  received?: ValueDigest,
  translate?: TranslateAnswer,
): ReadAnswer {
  const own = clean(bytes, layout);
  const cleaned = translate === undefined ? own : translate(own.bytes, own.layout);
  const value = valueBytes(cleaned.bytes, cleaned.layout);
  const changed = cleaned.bytes !== bytes;
  const before = changed ? valueBytes(bytes, layout) : value;
  return {
    ...cleaned,
    status: layout.member === 'error' ? 'rpc_error' : layout.isError ? 'tool_error' : 'ok',
    result: { bytes: value, sha256: sha256Hex(value), length: value.length, member: layout.member },
    upstream: received ?? (changed ? digestOf(before) : undefined),
  };
}

/** The JSON-RPC response to the agent: the upstream's own bytes with our stamp cut in. */
export function stampedResponse(
  id: RpcId,
  answer: ReadAnswer,
  receipt: string,
  head: CommittedHead,
): string | Buffer {
  const { bytes, layout } = answer;
  const { start, end } = layout.value;
  const splice = spliceOf(layout, stampMember(receipt, head)) ?? { at: end, text: '' };
  const opening = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"${layout.member}":`;
  if (end - start <= TEXT_BYTES_MAX) {
    return `${opening}${bytes.toString('utf8', start, splice.at)}${splice.text}${bytes.toString('utf8', splice.at, end)}}`;
  }
  const parts = [Buffer.from(opening), bytes.subarray(start, splice.at), Buffer.from(splice.text)];
  return Buffer.concat([...parts, bytes.subarray(splice.at, end), Buffer.from('}')]);
}

function valueBytes(bytes: Buffer, layout: AnswerLayout): Buffer {
  return bytes.subarray(layout.value.start, layout.value.end);
}

/** Why this is no answer to `id` that could be passed on. */
export function findAnswerProblem(
  id: RpcId,
  { bytes, layout }: { readonly bytes: Buffer; readonly layout: AnswerLayout },
): UpstreamFailure | undefined {
  const expected = JSON.stringify(id);
  const answers = layout.id === expected || (layout.id !== '' && JSON.parse(layout.id) === id);
  if (layout.member === 'result') return answers ? undefined : nonsense('a response to another request');
  if (!answers && layout.id !== 'null' && layout.id !== '') return nonsense('a response to another request');
  const error = JSON.parse(valueBytes(bytes, layout).toString('utf8')) as Json;
  if (!isJsonObject(error) || !Number.isInteger(error['code']) || typeof error['message'] !== 'string') {
    return nonsense('an error without code and message');
  }
  if (error['code'] !== URL_ELICITATION_REQUIRED) return undefined;
  return {
    kind: 'wants_browser',
    message: 'wants something done in a browser first, which is not relayed to agents here.',
  };
}

/** Without members of ours, and without bare CR, which an event stream could not carry. */
function clean(bytes: Buffer, layout: AnswerLayout): TranslatedAnswer {
  const stripped = stripForeignStamps(bytes, layout.meta);
  const hasCr = bytes.includes(CR);
  if (stripped === undefined && !hasCr) return { bytes, layout, httpStatus: 200 };
  const cleaned = Buffer.from(stripped ?? bytes);
  if (hasCr) for (let at = cleaned.indexOf(CR); at >= 0; at = cleaned.indexOf(CR, at + 1)) cleaned[at] = 0x20;
  return { bytes: cleaned, layout: locateAnswer(cleaned), httpStatus: 200 };
}
