import { isJsonObject, type Json, type JsonObject } from '#lib/core';
import { digestOf } from './digest-text.ts';
import { ERA_META, HEADER_MISMATCH, isEraError, MISSING_CLIENT_CAPABILITY } from './era.ts';
import { inBraces } from './json-members.ts';
import { locateAnswer, type AnswerLayout } from './locate-answer.ts';
import { scanMembers, scanValue } from './scan-json.ts';
import type { ValueDigest } from './upstream-types.ts';
import { nonsense, type UpstreamFailure } from './upstream-failure.ts';

/** An answer in the words of the session era. */
export interface StatelessAnswer {
  readonly bytes: Buffer;
  readonly layout: AnswerLayout;
  /** Of the value as it came, where it was changed. */
  readonly received?: ValueDigest;
}

interface Answered {
  readonly method: string;
  /** The server was told that a task may come in place of the result. */
  readonly takesTask?: boolean;
}

const OPEN_OBJECT = 0x7b;
const INVALID_PARAMS = -32_602;
const RESOURCE_NOT_FOUND = -32_002;
/** Results that say how long they may be kept; everywhere else these members are the server's own. */
const CACHEABLE = /^(resources\/read|(tools|prompts|resources|resources\/templates)\/list)$/;

/**
 * Judges an answer of the stateless era, and puts it as a server of the session era would have: so that everything behind
 * knows one kind. What that era does not know is cut; everything else keeps its bytes.
 */
export function readStatelessAnswer(
  answered: Answered,
  bytes: Buffer,
  layout: AnswerLayout,
): StatelessAnswer | UpstreamFailure {
  if (layout.member === 'error') return readError(answered, bytes, layout);
  const type = resultTypeOf(bytes, layout);
  const isTask = type === 'task' && answered.method === 'tools/call' && answered.takesTask === true;
  const problem = type === 'complete' || isTask ? undefined : problemOfType(type);
  if (problem !== undefined) return problem;
  // Asked for by ourselves, who know what it means.
  if (answered.method === 'server/discover') return { bytes, layout };
  const cut = cutResult(answered, bytes, layout, isTask);
  return cut === undefined ? { bytes, layout } : replaced(bytes, layout, cut);
}

/** The server wants to know something before it answers. */
export function isInputRequired(bytes: Buffer, layout: AnswerLayout): boolean {
  return layout.member === 'result' && resultTypeOf(bytes, layout) === 'input_required';
}

/** In place of the result the server has made a task. */
export function isTask(bytes: Buffer, layout: AnswerLayout): boolean {
  return layout.member === 'result' && resultTypeOf(bytes, layout) === 'task';
}

/** Absent means complete, as it does of a server of the session era. */
function resultTypeOf(bytes: Buffer, layout: AnswerLayout): Json {
  let type: Json = 'complete';
  scanMembers(bytes, layout.value.start, (key, _keyStart, start) => {
    const end = scanValue(bytes, start, false);
    if (key === 'resultType') type = JSON.parse(bytes.toString('utf8', start, end)) as Json;
    return end;
  });
  return type;
}

function problemOfType(type: Json): UpstreamFailure | undefined {
  if (type === 'input_required') {
    return nonsense('it wants input for something that is no call');
  }
  if (type === 'task') return nonsense('a result of type "task", where it was not told that one may come');
  const shown = JSON.stringify(type).slice(0, 40);
  return nonsense(`a result of type ${shown}, which is not relayed here`);
}

/** The text of the result without what the session era does not know; undefined where there is nothing of it. */
function cutResult(
  { method }: Answered,
  bytes: Buffer,
  { value }: AnswerLayout,
  isTask: boolean,
): Buffer | undefined {
  const kept: Buffer[] = [];
  let cut = false;
  scanMembers(bytes, value.start, (key, keyStart, start) => {
    const end = scanValue(bytes, start, false);
    const cacheHint = (key === 'ttlMs' || key === 'cacheScope') && CACHEABLE.test(method);
    const meta = key === '_meta' && bytes[start] === OPEN_OBJECT ? cutMeta(bytes, start) : undefined;
    const complete = key === 'resultType' && !isTask;
    if (complete || cacheHint || meta !== undefined) cut = true;
    if (meta !== undefined && meta.length > 0)
      kept.push(Buffer.concat([bytes.subarray(keyStart, start), meta]));
    if (meta === undefined && !complete && !cacheHint) kept.push(bytes.subarray(keyStart, end));
    return end;
  });
  return cut ? inBraces(kept) : undefined;
}

/** `_meta` without what the server says of itself: empty where nothing is left, undefined where nothing was cut. */
function cutMeta(bytes: Buffer, metaStart: number): Buffer | undefined {
  const kept: Buffer[] = [];
  let cut = false;
  scanMembers(bytes, metaStart, (key, keyStart, start) => {
    const end = scanValue(bytes, start, false);
    if (key === ERA_META.serverInfo) cut = true;
    else kept.push(bytes.subarray(keyStart, end));
    return end;
  });
  if (!cut) return undefined;
  return kept.length === 0 ? Buffer.alloc(0) : inBraces(kept);
}

function replaced(bytes: Buffer, { id, value }: AnswerLayout, text: Buffer): StatelessAnswer {
  const whole = Buffer.concat([bytes.subarray(0, value.start), text, bytes.subarray(value.end)]);
  return {
    bytes: whole,
    // On a pipe the bytes have another id than the call.
    layout: { ...locateAnswer(whole), id },
    received: digestOf(bytes.subarray(value.start, value.end)),
  };
}

function readError(
  answered: Answered,
  bytes: Buffer,
  layout: AnswerLayout,
): StatelessAnswer | UpstreamFailure {
  const error = JSON.parse(bytes.toString('utf8', layout.value.start, layout.value.end)) as JsonObject;
  const { code, data } = error as { [key: string]: Json | undefined };
  if (isEraError(Number(code))) return failureOf(Number(code), data);
  const missing =
    code === INVALID_PARAMS &&
    answered.method === 'resources/read' &&
    isJsonObject(data) &&
    typeof data['uri'] === 'string';
  return missing ? replaced(bytes, layout, withCode(bytes, layout, RESOURCE_NOT_FOUND)) : { bytes, layout };
}

/** What is wrong between Countersign and the upstream is told in words: an agent could do nothing with the code. */
function failureOf(code: number, data: Json | undefined): UpstreamFailure {
  const eraError = { code, data };
  if (code === HEADER_MISMATCH) {
    return {
      kind: 'header_mismatch',
      message: 'refused the headers of this request, so it did nothing. Its definitions may have changed.',
      eraError,
    };
  }
  if (code === MISSING_CLIENT_CAPABILITY) {
    const required = isJsonObject(data) ? data['requiredCapabilities'] : undefined;
    const names = isJsonObject(required) ? namesOf(required).join(', ').slice(0, 100) : 'something';
    return { kind: 'refused', message: `needs an agent that offers it ${names}.`, eraError };
  }
  // It is found out anew what it speaks, as for a session that it has ended.
  return {
    kind: 'session_lost',
    message: 'does not speak the protocol revision that was asked for.',
    eraError,
  };
}

/** Of extensions it is their own names that say something. */
function namesOf({ extensions, ...core }: { readonly [key: string]: Json | undefined }): readonly string[] {
  return [...Object.keys(core), ...(isJsonObject(extensions) ? Object.keys(extensions) : [])];
}

function withCode(bytes: Buffer, { value }: AnswerLayout, code: number): Buffer {
  let text = bytes.subarray(value.start, value.end);
  scanMembers(bytes, value.start, (key, _keyStart, start) => {
    const end = scanValue(bytes, start, false);
    if (key === 'code') {
      text = Buffer.concat([
        bytes.subarray(value.start, start),
        Buffer.from(String(code)),
        bytes.subarray(end, value.end),
      ]);
    }
    return end;
  });
  return text;
}
