import type { ReceiptId } from '#lib/core';
import type { ActFacts } from './act-drafts.ts';
import { FollowedTask } from './follow-task.ts';
import type { Parts } from './parts.ts';
import { readNewTask } from './task-state.ts';
import { cancelTask } from './tell-of-task.ts';
import type { UpstreamSend } from './upstream-link.ts';
import type { NewTask, TaskFollower, UpstreamListener } from './upstream-types.ts';

/**
 * A client with a session follows no tasks of a server without (2026-07-28): they are followed here. One that may have a task
 * follows it itself, and any other gets none.
 */
export function followerOf(
  parts: Parts,
  facts: ActFacts,
  callId: ReceiptId,
  call: UpstreamSend,
): TaskFollower | undefined {
  const { single } = facts.context.session;
  if (single?.tellsTasks === false) return undefined;
  const requestTo = ({ upstream }: NewTask): UpstreamSend => ({ ...call, session: upstream });
  const follow = (made: NewTask, listener: UpstreamListener) =>
    new FollowedTask(parts, facts, callId, requestTo(made), listener).begin(made);
  return {
    ...(single === undefined ? { follow } : {}),
    drop(made) {
      const read = readNewTask(made.bytes, made.layout.value);
      if (read.ok) cancelTask(parts, facts.context, requestTo(made), read.value.id);
    },
    await: (exchange) => parts.lateNames.await(facts.context.tenant.id, exchange),
  };
}
