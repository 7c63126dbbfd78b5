import { isJsonObject, type JsonObject } from '#lib/core';
import { TASK_LOOKS_MAX, TASK_LOOK_MS } from './constants.ts';
import { membersOf, bytesOf, joined, pair } from './json-members.ts';
import { locateAnswer, readMember } from './locate-answer.ts';
import type { ActContext, ActParts } from './parts.ts';
import { performAct } from './perform-act.ts';
import { isEnd } from './task-state.ts';

/** Says what a task is at: `_meta` without what belongs to the stream, and the other members as they came. */
type Say = (meta: JsonObject, members: Buffer) => void;

/**
 * Tasks whose server says on its stream that they have changed. What it says there is taken for a hint: the task is asked
 * for as its owner would (tasks/get), decided and receipted, and the owner is told what that came to, which is what the
 * notification has to hold (tasks, Task Status Notifications).
 */
export class TaskNews {
  #parts: ActParts;
  #context: ActContext;
  #say: Say;
  #changed = new Set<string>();
  #looking = new Set<string>();
  /** When each was looked at last, by the clock of the sweeps. */
  #lookedAt = new Map<string, number>();
  /** What has ended does not change any more. */
  #ended = new Set<string>();

  constructor(parts: ActParts, context: ActContext, say: Say) {
    this.#parts = parts;
    this.#context = context;
    this.#say = say;
  }

  changed(id: string): void {
    if (!this.#ended.has(id)) this.#changed.add(id);
  }

  /** Called again and again: so many tasks are looked at in that time at most, whatever the server says. */
  sweep(now: number): void {
    for (const id of this.#changed) {
      if (this.#looking.size >= TASK_LOOKS_MAX) return;
      const isTooSoon = now < (this.#lookedAt.get(id) ?? -Infinity) + TASK_LOOK_MS;
      if (isTooSoon || this.#looking.has(id)) continue;
      this.#changed.delete(id);
      this.#looking.add(id);
      this.#lookedAt.set(id, now);
      this.#look(id)
        .catch((error: unknown) => {
          this.#parts.telemetry.logger.warn({ err: error }, 'a task that has changed could not be looked at');
        })
        .finally(() => this.#looking.delete(id));
    }
  }

  /** By the policy and the pins of now: that it was acknowledged once is no reason to hear more. */
  async #look(id: string): Promise<void> {
    const { tenant, principal, revocationsSeen, server: before } = this.#context;
    const { minting, policy, recent, registry, tasks } = this.#parts;
    const [made, engine, server] = await Promise.all([
      tasks.find(this.#context, id),
      policy.engine(tenant.id),
      registry.server(tenant.id, principal.server),
      minting.warm(tenant),
    ]);
    const isThere = server?.state !== 'unpinned' && server?.urlSha256 === before.urlSha256;
    if (made === undefined || !isThere || recent.touched(principal, revocationsSeen)) return;
    const today = {
      ...this.#context,
      server,
      engine,
      receivedAt: this.#parts.clock.now(),
      task: { id, made },
    };
    const answer = await performAct(this.#parts, today, 'tasks/get', { taskId: id });
    if (answer === undefined) return;
    const bytes = Buffer.from(answer);
    const { value } = locateAnswer(bytes);
    if (isEnd(readMember(bytes, value, 'status'))) this.#end(id);
    const members = membersOf(bytes, value).filter(({ key }) => key !== '_meta' && key !== 'resultType');
    const meta = readMember(bytes, value, '_meta');
    this.#say(isJsonObject(meta) ? meta : {}, joined(members.map((one) => bytesOf(bytes, one))));
  }

  #end(id: string): void {
    this.#ended.add(id);
    this.#changed.delete(id);
  }
}

/** The notification as text. */
export function taskNotification(meta: JsonObject, members: Buffer): string {
  const params = joined([pair('_meta', meta), members]).toString('utf8');
  return `{"jsonrpc":"2.0","method":"notifications/tasks","params":{${params}}}`;
}
