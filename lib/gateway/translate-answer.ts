import { isJsonObject, type JsonObject } from '#lib/core';
import { COUNTERSIGN_ERROR_CODE } from './constants.ts';
import { ERA_META } from './era.ts';
import { COMPLETE, statusOfError } from './era-result.ts';
import { bytesOf, inBraces, joined, membersOf, pair, valueOf } from './json-members.ts';
import { locateAnswer, type AnswerLayout, type Span } from './locate-answer.ts';
import type { ActContext } from './parts.ts';

/** An answer in the words of the client's era. */
export interface TranslatedAnswer {
  readonly bytes: Buffer;
  readonly layout: AnswerLayout;
  /** Of a response that is not a stream. */
  readonly httpStatus: number;
}

export type TranslateAnswer = (bytes: Buffer, layout: AnswerLayout) => TranslatedAnswer;

/** Members of a result that mean something in the stateless era, and nothing in the one of the upstream. */
const FOREIGN: ReadonlySet<string> = new Set(
  'resultType ttlMs cacheScope inputRequests requestState'.split(' '),
);
/** The same in what a server of that era says of a task, which lives for so long and may wait for input. */
const FOREIGN_TO_TASKS: ReadonlySet<string> = new Set('resultType cacheScope requestState'.split(' '));
const TASK = '"resultType":"task"';
/** What is answered to them says that they came, and no more: what a task is at has rules of its own. */
const ACKNOWLEDGED: ReadonlySet<string> = new Set(['tasks/update', 'tasks/cancel']);
const RESOURCE_NOT_FOUND = -32_002;
const INVALID_PARAMS = -32_602;
/** Codes that mean what the specification of the stateless era says they do (MCP 2026-07-28, errors). */
const ERA_CODE_MIN = -32_099;
const ERA_CODE_MAX = -32_020;

/**
 * How an answer of an upstream with a session is put for a client without one. Its members keep their bytes; what the
 * client's era wants besides goes first. Undefined where both have a session.
 */
export function translatorFor(context: ActContext): TranslateAnswer | undefined {
  const { single } = context.session;
  if (single === undefined) return undefined;
  return (bytes, layout) =>
    layout.member === 'result'
      ? translateResult(context, single.pooled.identity, bytes, layout)
      : translateError(context, bytes, layout);
}

function translateResult(
  { message, session }: ActContext,
  identity: JsonObject,
  bytes: Buffer,
  layout: AnswerLayout,
): TranslatedAnswer {
  const given = membersOf(bytes, layout.value);
  // What comes out of a leg of that era, or of one that speaks for it, names its type where it is a task in place of a result, and nowhere else.
  const isModern = session.state.upstream.era === 'stateless' || session.single?.tellsTasks === true;
  const isTask = isModern && given.some(({ key }) => key === 'resultType');
  const foreign = isTask || (isModern && message.method === 'tasks/get') ? FOREIGN_TO_TASKS : FOREIGN;
  const isEmpty = ACKNOWLEDGED.has(message.method);
  const members = isEmpty ? [] : given.filter(({ key }) => key !== '_meta' && !foreign.has(key));
  const meta = layout.meta === undefined ? [] : membersOf(bytes, layout.meta);
  const named = meta.some(({ key }) => key === ERA_META.serverInfo);
  const own = named ? [] : Object.entries(identity).map(([key, value]) => pair(key, value));
  // The upstream's era says nothing of how long a resource may be kept.
  const hints = message.method === 'resources/read' ? ',"ttlMs":0,"cacheScope":"private"' : '';
  const head = Buffer.from(`{${isTask ? TASK : COMPLETE}${hints},"_meta":{`);
  const inner = joined([...own, ...meta.map((member) => bytesOf(bytes, member))]);
  const rest = members.flatMap((member) => [COMMA, bytesOf(bytes, member)]);
  const value = Buffer.concat([head, inner, CLOSE, ...rest, CLOSE]);
  const start = head.length - 1;
  const end = head.length + inner.length + 1;
  const held = inner.length === 0 ? [] : [{ start: start + 1, end: end - 1, ours: false }];
  return {
    bytes: value,
    layout: {
      ...layout,
      value: { start: 0, end: value.length },
      empty: false,
      meta: { start, end, members: held },
    },
    httpStatus: 200,
  };
}

/** Codes that another era gave up, or took for something else, are put in its own. */
function translateError(context: ActContext, bytes: Buffer, layout: AnswerLayout): TranslatedAnswer {
  const members = membersOf(bytes, layout.value);
  const codeAt = members.find(({ key }) => key === 'code');
  const found = codeAt === undefined ? 0 : Number(valueOf(bytes, codeAt));
  const code = codeFor(found);
  const httpStatus = statusOfError(context.session, code);
  if (code === found) return { bytes, layout, httpStatus };
  const uri = found === RESOURCE_NOT_FOUND ? context.message.params?.['uri'] : undefined;
  const kept = members.filter(({ key }) => key !== 'code' && key !== 'data');
  const dataAt = members.find(({ key }) => key === 'data');
  const data = dataOf(dataAt && valueOf(bytes, dataAt), typeof uri === 'string' ? uri : undefined);
  const parts = [Buffer.from(`"code":${code}`), ...kept.map((member) => bytesOf(bytes, member))];
  if (data !== undefined) parts.push(Buffer.from(`"data":${data}`));
  const opening = Buffer.from(`{"jsonrpc":"2.0","id":${layout.id === '' ? 'null' : layout.id},"error":{`);
  const translated = Buffer.concat([opening, joined(parts), Buffer.from('}}')]);
  return { bytes: translated, layout: locateAnswer(translated), httpStatus };
}

/** An error that stands inside a result, as that of a task does. */
export function errorInEra(bytes: Buffer, error: Span): Buffer {
  const members = membersOf(bytes, error);
  const code = members.find(({ key }) => key === 'code');
  const found = code === undefined ? 0 : Number(valueOf(bytes, code));
  if (codeFor(found) === found) return bytesOf(bytes, error);
  return inBraces(
    members.map((member) => (member === code ? pair('code', codeFor(found)) : bytesOf(bytes, member))),
  );
}

function codeFor(found: number): number {
  if (found === RESOURCE_NOT_FOUND) return INVALID_PARAMS;
  return found >= ERA_CODE_MIN && found <= ERA_CODE_MAX ? COUNTERSIGN_ERROR_CODE : found;
}

/** The error's data with the URI that was not found, where it can hold one. */
function dataOf(text: string | undefined, uri: string | undefined): string | undefined {
  if (uri === undefined) return text;
  const named = `"uri":${JSON.stringify(uri)}`;
  if (text === undefined) return `{${named}}`;
  const data: unknown = JSON.parse(text);
  if (!isJsonObject(data) || Object.hasOwn(data, 'uri')) return text;
  const inner = text.trim().slice(1);
  return Object.keys(data).length === 0 ? `{${named}}` : `{${named},${inner}`;
}

const COMMA = Buffer.from(',');
const CLOSE = Buffer.from('}');
