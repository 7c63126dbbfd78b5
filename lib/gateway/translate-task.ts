import { isJsonObject, type Json } from '#lib/core';
import { RELATED_TASK } from './constants.ts';
import { bytesOf, inBraces, membersOf, objectAt, pair, valueOf } from './json-members.ts';
import { readMember, type AnswerLayout, type Span } from './locate-answer.ts';

/** How 2026-07-28 calls what 2025-11-25 calls otherwise. */
const RENAMED: ReadonlyMap<string, string> = new Map([
  ['ttl', 'ttlMs'],
  ['pollInterval', 'pollIntervalMs'],
]);
/** What means something of a task in the newer revision alone, and comes from nobody but who puts it in its words. */
const FOREIGN: ReadonlySet<string> = new Set(
  '_meta resultType cacheScope requestState ttlMs pollIntervalMs inputRequests result error'.split(' '),
);

/**
 * What a server with sessions says of a task (2025-11-25), in the words of the extension of 2026-07-28: all members keep their
 * bytes, but that it is at another state where one is given.
 */
export function extensionMembers(bytes: Buffer, task: Span, status?: string): readonly Buffer[] {
  const given = membersOf(bytes, task);
  const kept = given
    .filter(({ key }) => !FOREIGN.has(key))
    .map((member) => {
      if (member.key === 'status' && status !== undefined) return pair('status', status);
      const name = RENAMED.get(member.key);
      const value = Buffer.from(valueOf(bytes, member));
      return name === undefined ? bytesOf(bytes, member) : Buffer.concat([Buffer.from(`"${name}":`), value]);
    });
  // There it may be left out, and here nothing may be read into that.
  return given.some(({ key }) => key === 'ttl') ? kept : [...kept, pair('ttlMs', null)];
}

/** A new task in place of the result of a call; undefined where the server made none. */
export function extensionTask(bytes: Buffer, layout: AnswerLayout): Buffer | undefined {
  const task = objectAt(bytes, layout.value, 'task');
  if (task === undefined) return undefined;
  const own = extensionMembers(bytes, task);
  return inBraces([pair('resultType', 'task'), ...metaMember(bytes, layout), ...own]);
}

/** What a result says beside its members, but to which task it belongs: its own members say which it is about. */
export function metaMember(bytes: Buffer, { meta }: AnswerLayout): readonly Buffer[] {
  return meta === undefined ? [] : [Buffer.concat([Buffer.from('"_meta":'), withoutTask(bytes, meta)])];
}

/** A result without what would make it another thing in the newer revision; undefined where it has nothing of the kind. */
export function withoutResultType(bytes: Buffer, { value }: AnswerLayout): Buffer | undefined {
  const given = membersOf(bytes, value);
  const kept = given.filter(({ key }) => key !== 'resultType');
  return kept.length === given.length ? undefined : inBraces(kept.map((member) => bytesOf(bytes, member)));
}

/** The value without the name of the task that it belongs to, which says nothing to whoever asked about that task. */
export function withoutRelatedTask(bytes: Buffer, { value, meta }: AnswerLayout): Buffer {
  const whole = bytesOf(bytes, value);
  if (meta === undefined || readMember(bytes, meta, RELATED_TASK) === undefined) return whole;
  const [before, after] = [bytes.subarray(value.start, meta.start), bytes.subarray(meta.end, value.end)];
  return Buffer.concat([before, withoutTask(bytes, meta), after]);
}

function withoutTask(bytes: Buffer, meta: Span): Buffer {
  const kept = membersOf(bytes, meta).filter(({ key }) => key !== RELATED_TASK);
  return inBraces(kept.map((member) => bytesOf(bytes, member)));
}

/** The id of the task that a result says to belong to. */
export function relatedTask(bytes: Buffer, { meta }: AnswerLayout): Json | undefined {
  const related = meta === undefined ? undefined : readMember(bytes, meta, RELATED_TASK);
  return isJsonObject(related) ? related['taskId'] : undefined;
}
