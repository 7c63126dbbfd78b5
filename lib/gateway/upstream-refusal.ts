import { isJsonObject, type Json } from '#lib/core';
import { isEraError } from './era.ts';
import { JsonScanError } from './json-error.ts';
import { locateAnswer, type AnswerLayout } from './locate-answer.ts';
import type { UpstreamRequest } from './upstream-types.ts';
import { httpFailure, nonsense, type UpstreamFailure } from './upstream-failure.ts';

type Asked = Pick<UpstreamRequest, 'inSession' | 'stateless'>;

/** How much of a refusal is looked at for signs of an ended session. */
const SIGNS_CHARS_MAX = 2_000;
/** What servers say to a session that they do not know, and what one says that no longer speaks of sessions. */
const SESSION_SIGNS = /session|"code"\s*:\s*-3202[0-2]\b/i;

/** Most refusals say nothing worth reading but their status. A credential's refusal and a fault say nothing about eras. */
export function isRefusalRead({ inSession, stateless }: Asked, status: number): boolean {
  if (status < 400 || status >= 500 || status === 401 || status === 403) return false;
  return stateless || (inSession && (status === 404 || status === 400));
}

/** What a refusal means, its body read: a failure, or in the stateless era also the answer itself. */
export function readRefusal(asked: Asked, status: number, body: Buffer): UpstreamFailure | AnswerLayout {
  const plain = httpFailure(status) ?? nonsense('no status');
  if (!isRefusalRead(asked, status)) return plain;
  if (asked.stateless) return readStateless(status, body) ?? plain;
  const lost = status === 404 || SESSION_SIGNS.test(body.toString('utf8', 0, SIGNS_CHARS_MAX));
  return lost ? { kind: 'session_lost', message: 'has ended its session.' } : plain;
}

/**
 * An error that names our request, or one about how the era is spoken, is an answer in it. Anything else with these
 * statuses is how a server refuses what it does not understand: it did nothing.
 */
function readStateless(status: number, body: Buffer): UpstreamFailure | AnswerLayout | undefined {
  const layout = locateError(body);
  if (layout !== undefined && (namesRequest(layout) || isEraError(codeOf(body, layout)))) return layout;
  if (![400, 404, 405, 406, 415].includes(status)) return undefined;
  return {
    kind: 'session_lost',
    message: `refused a request of revision 2026-07-28, which it was found to speak (HTTP ${status}).`,
    httpStatus: status,
  };
}

function locateError(body: Buffer): AnswerLayout | undefined {
  try {
    const layout = locateAnswer(body);
    return layout.member === 'error' ? layout : undefined;
  } catch (error) {
    if (error instanceof JsonScanError) return undefined;
    throw error;
  }
}

function namesRequest({ id }: AnswerLayout): boolean {
  return id !== '' && id !== 'null';
}

function codeOf(body: Buffer, { value }: AnswerLayout): unknown {
  const error = JSON.parse(body.toString('utf8', value.start, value.end)) as Json;
  return isJsonObject(error) ? error['code'] : undefined;
}
