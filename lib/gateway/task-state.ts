import { err, isJsonObject, ok, type Json, type Result } from '#lib/core';
import { foldName } from '#lib/policy';
import { URL_ELICITATION_REQUIRED } from './constants.ts';
import { JsonScanError } from './json-error.ts';
import { membersOf, valueOf, type Member } from './json-members.ts';
import { readMember, type Span } from './locate-answer.ts';
import { isTaskId } from './task-methods.ts';
import { nonsense, type UpstreamFailure } from './upstream-failure.ts';

/** What a task is at (extension io.modelcontextprotocol/tasks). */
export type TaskStatus = 'working' | 'input_required' | 'completed' | 'cancelled' | 'failed';

export interface TaskState {
  readonly id: string;
  readonly status: TaskStatus;
  /** It ended with a result that says that the tool failed. */
  readonly isToolError: boolean;
}

/** What comes with each state, and with no other. */
const WITH_STATE: Readonly<Record<TaskStatus, string | undefined>> = {
  working: undefined,
  input_required: 'inputRequests',
  completed: 'result',
  cancelled: undefined,
  failed: 'error',
};
const ENDS: readonly (Json | undefined)[] = ['completed', 'cancelled', 'failed'] satisfies TaskStatus[];
const LATER: readonly string[] = ['inputRequests', 'result', 'error'];
const FOLDED: ReadonlyMap<string, string> = new Map(
  ['taskId', 'status', ...LATER].map((key) => [foldName(key), key]),
);

/** What has this status does not change any more. */
export function isEnd(status: Json | undefined): boolean {
  return ENDS.includes(status);
}

/** A task in place of a call's result: its beginning, which has nothing of what comes later. */
export function readNewTask(bytes: Buffer, value: Span): Result<TaskState, UpstreamFailure> {
  const members = new Map(membersOf(bytes, value).map((member) => [member.key, member]));
  const read = readBase(bytes, members);
  if (!read.ok || !LATER.some((key) => members.has(key))) return read;
  return err(nonsense('a new task with what only comes later'));
}

/** The state of a task, with what belongs to that state: a member too many may be heard by one reader and not by another. */
export function readTaskState(bytes: Buffer, value: Span): Result<TaskState, UpstreamFailure> {
  try {
    return readState(bytes, value);
  } catch (error) {
    if (!(error instanceof JsonScanError)) throw error;
    return err(nonsense(`a task with ${error.message}`));
  }
}

function readState(bytes: Buffer, value: Span): Result<TaskState, UpstreamFailure> {
  const members = new Map(membersOf(bytes, value).map((member) => [member.key, member]));
  const read = readBase(bytes, members);
  if (!read.ok) return read;
  const { status } = read.value;
  const expected = WITH_STATE[status];
  if (LATER.some((key) => members.has(key) !== (key === expected)))
    return err(
      nonsense(`a task that is ${status} with what belongs to another state, or without what belongs`),
    );
  const member = expected === undefined ? undefined : members.get(expected);
  if (member === undefined) return read;
  if (bytes[member.valueStart] !== OPEN_OBJECT)
    return err(nonsense(`a task whose ${member.key} is no object`));
  const span = { start: member.valueStart, end: member.end };
  if (status === 'failed') {
    const problem = problemOfError(JSON.parse(valueOf(bytes, member)) as Json);
    if (problem !== undefined) return err(nonsense(`a failed task whose error ${problem}`));
  }
  if (status === 'completed' && !isFinal(bytes, span))
    return err(nonsense('a finished task whose result is none yet'));
  const isToolError = status === 'completed' && readMember(bytes, span, 'isError') === true;
  return ok({ ...read.value, isToolError });
}

function readBase(bytes: Buffer, members: ReadonlyMap<string, Member>): Result<TaskState, UpstreamFailure> {
  const [id, status] = ['taskId', 'status'].map((key) => {
    const member = members.get(key);
    return member === undefined ? undefined : (JSON.parse(valueOf(bytes, member)) as Json);
  });
  const twin = [...members.keys()].find((key) => (FOLDED.get(foldName(key)) ?? key) !== key);
  if (twin !== undefined)
    return err(
      nonsense(`a task with ${JSON.stringify(twin.slice(0, 20))}, of which readers make two things`),
    );
  if (!isTaskId(id)) return err(nonsense('a task whose id can not be used'));
  if (!isStatus(status)) return err(nonsense('a task in no state that there is'));
  return ok({ id, status, isToolError: false });
}

const OPEN_OBJECT = 0x7b;

function isStatus(value: Json | undefined): value is TaskStatus {
  return typeof value === 'string' && Object.hasOwn(WITH_STATE, value);
}

/** What asks to have a URL opened would be asked by nobody's leave. */
function problemOfError(value: Json): string | undefined {
  const isError =
    isJsonObject(value) && Number.isInteger(value['code']) && typeof value['message'] === 'string';
  if (!isError) return 'has no code and message';
  return value['code'] === URL_ELICITATION_REQUIRED ? 'wants something done in a browser' : undefined;
}

/** Whoever takes it for what the call would have got is to be asked nothing by it, and to be given no task of it. */
function isFinal(bytes: Buffer, result: Span): boolean {
  return membersOf(bytes, result).every((member) => {
    const name = foldName(member.key);
    if (name === foldName('inputRequests')) return false;
    return name !== foldName('resultType') || valueOf(bytes, member) === '"complete"';
  });
}
