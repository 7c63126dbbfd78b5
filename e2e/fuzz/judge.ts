import type { RawAnswer } from './raw-answer.ts';
import type { Must, RawRequest } from './raw-request.ts';
import type { RawResponse } from './raw-exchange.ts';

/** Statuses that a client may meet; 502 and 503 are refusals that say what can't be reached. */
const STATUSES = new Set([
  200, 202, 204, 400, 401, 403, 404, 405, 406, 408, 409, 413, 415, 417, 421, 431, 502, 503,
]);
const REASON_CHARS_MIN = 10;
/** Headers that no answer of ours over MCP has, and that an upstream may have sent. */
const THEIRS_ALONE = ['set-cookie', 'location', 'refresh', 'content-encoding'];
/** A server without sessions may want input this often before it has to answer. */
const ROUNDS_MAX = 9;

/** Why an answer to a request must not be; undefined where it may. */
export function judgeResponse(
  request: RawRequest,
  response: RawResponse,
  secrets: readonly string[],
): string | undefined {
  const { status, headers, body } = response;
  if (status === undefined) return request.incomplete ? undefined : 'no answer';
  if (!STATUSES.has(status)) return `status ${status}`;
  if (status === 503 && !headers.has('retry-after')) return '503 without Retry-After';
  for (const secret of secrets) if (body.includes(secret)) return 'a secret in the answer';
  const leaked = THEIRS_ALONE.find((name) => headers.has(name));
  if (leaked !== undefined) return `the header ${leaked} in the answer`;
  if (/\n {4}at |node_modules|ECONN|\/lib\//.test(body)) return 'something of the inside in the answer';
  if (status < 400 || request.kind === 'verb HEAD') return undefined;
  return reasonOf(body).length < REASON_CHARS_MIN ? `status ${status} without a reason` : undefined;
}

/** Why the answer must not be to a request whose answer is certain. `arrived`: what the upstream saw of it. */
export function judgeCertain(
  must: Must,
  response: RawResponse,
  arrived: (n: number) => number,
): string | undefined {
  const { status, body } = response;
  if (must.kind === 'pass') {
    const { id, text } = answerIn(response);
    if (status !== 200 || !body.includes('"fine"')) return `a good request was answered with ${status}`;
    return sameId(id, must.id) ? undefined : `the id ${must.id} came back otherwise: ${text.slice(0, 100)}`;
  }
  if (arrived(must.n) > 0) return 'what must be refused reached the upstream';
  if (status === undefined || !must.statuses.includes(status)) return `refused with ${status ?? 'nothing'}`;
  const code = (answerIn(response).error as { code?: number } | undefined)?.code;
  return must.codes === undefined || (code !== undefined && must.codes.includes(code))
    ? undefined
    : `refused with the error ${code}`;
}

/**
 * Why an upstream must not have been called so often. Told that a session has ended or that it speaks another era, a
 * gateway opens anew and asks once more; while it does, other calls may fail, and were not asked then.
 */
export function judgeArrivals(
  { kind, bytes }: RawAnswer,
  arrived: number,
  { body }: RawResponse,
): string | undefined {
  const rounds = bytes('1').includes('input_required') ? ROUNDS_MAX : 1;
  const arrivalsMax = Math.max(rounds, /^status 40[04]/.test(kind) ? 2 : 1);
  if (arrived > arrivalsMax) return `the upstream was called ${arrived} times`;
  return arrived === 0 && !body.includes('"error":') ? 'a result that nobody gave' : undefined;
}

export const NOT_HANDED_ON = 'a good answer was not handed on';

/** Why the answer to a call, or to a list, whose upstream misbehaved must not be. */
export function judgeCall(
  { says }: RawAnswer,
  n: number,
  isAct: boolean,
  response: RawResponse,
): string | undefined {
  const { status, headers, body } = response;
  if (status !== 200) return `status ${status ?? 'none'}`;
  if (isAct && !headers.has('countersign-receipt')) return 'no receipt is named';
  const leaked = THEIRS_ALONE.find((name) => headers.has(name));
  if (leaked !== undefined) return `the header ${leaked} in the answer`;
  if (isStream(response) && (body.includes('\r') || !body.split('\n').every((line) => EVENT_LINE.test(line))))
    return 'a line in the stream that is of no event';
  const answer = answerIn(response);
  if (answer.message === undefined) return 'the answer is not JSON';
  if (!sameId(answer.id, String(n))) return `an answer to ${JSON.stringify(answer.id)}`;
  if (isAct && says === 'fine' && !body.includes('"fine"')) return NOT_HANDED_ON;
  if ('result' in answer.message) return undefined;
  return reasonOf(answer.text).length < REASON_CHARS_MIN && !isUpstreamsOwn(answer.message)
    ? 'an error without a reason'
    : undefined;
}

/** Lines of events as we write them (HTML, server-sent events). */
const EVENT_LINE = /^(?:(?:data|id|event|retry): |:|$)/;

interface AnswerRead {
  readonly text: string;
  readonly message: Readonly<Record<string, unknown>> | undefined;
  readonly id: unknown;
  readonly error: unknown;
}

/** The JSON-RPC response, in whichever of the two forms it came. */
function answerIn(response: RawResponse): AnswerRead {
  const text = isStream(response) ? lastMessage(response.body) : response.body;
  const message = parse(text);
  return { text, message, id: message?.['id'], error: message?.['error'] };
}

function isStream({ headers }: RawResponse): boolean {
  return headers.get('content-type')?.startsWith('text/event-stream') ?? false;
}

function sameId(given: unknown, sent: string): boolean {
  return given === JSON.parse(sent);
}

/** A well-formed error of the upstream's passes as it is, however short. */
function isUpstreamsOwn(message: Readonly<Record<string, unknown>>): boolean {
  const { error } = message as { error?: { code?: unknown; message?: unknown } };
  return Number.isInteger(error?.code) && typeof error?.message === 'string';
}

function reasonOf(body: string): string {
  const parsed = parse(body) as
    | { error?: { message?: string } | string; error_description?: string; detail?: string; title?: string }
    | undefined;
  if (parsed === undefined) return '';
  const { error } = parsed;
  const rpc = typeof error === 'object' ? error?.message : parsed.error_description;
  return rpc ?? parsed.detail ?? parsed.title ?? '';
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function lastMessage(body: string): string {
  const events = body.split('\n\n').filter((event) => event.includes('data: '));
  const lines = (events.at(-1) ?? '').split('\n').filter((line) => line.startsWith('data: '));
  return lines.map((line) => line.slice('data: '.length)).join('\n');
}
