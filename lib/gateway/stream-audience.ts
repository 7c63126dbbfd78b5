import { isJsonObject, type JsonObject } from '#lib/core';
import { readSubject } from './act-subject.ts';
import { SUBSCRIPTIONS_READ_MS } from './constants.ts';
import { isClean, judge } from './judge-subject.ts';
import type { Parts, StreamContext } from './parts.ts';
import { isSubscribed, mayRead, updatedUri } from './subscriptions.ts';
import type { Viewer } from './visible-offer.ts';

const TASK_STATUS = 'notifications/tasks/status';
/** The same of 2026-07-28, with all that a task has come to: no session ever asked for it. */
const TASK_NEWS = 'notifications/tasks';

/**
 * Who hears what a server says outside of calls. What has changed is told to whom subscribed to it, maybe at another
 * replica, and may still read it; what became of a task to whom it belongs and who may still ask for it.
 */
export class StreamAudience {
  #parts: Parts;
  #context: StreamContext;
  /** When the session's row was last read for what it subscribed to. */
  #reloadedAt = -Infinity;

  constructor(parts: Parts, context: StreamContext) {
    this.#parts = parts;
    this.#context = context;
  }

  /** The question whether this session hears it; undefined: everybody does. */
  doubt(message: JsonObject): (() => Promise<boolean>) | undefined {
    const uri = updatedUri(message);
    if (uri !== undefined) return () => this.#hearsOf(uri);
    const task = statusTask(message);
    return task === undefined ? undefined : () => this.#hearsOfTask(task);
  }

  async #hearsOf(uri: string): Promise<boolean> {
    const { session } = this.#context;
    const now = performance.now();
    if (!isSubscribed(session, uri) && now >= this.#reloadedAt + SUBSCRIPTIONS_READ_MS) {
      this.#reloadedAt = now;
      await this.#parts.sessions.reload(session);
    }
    const viewer = isSubscribed(session, uri) ? await this.#viewer() : undefined;
    return viewer !== undefined && mayRead(viewer, viewer.receivedAt, uri);
  }

  async #hearsOfTask(id: string): Promise<boolean> {
    const made = await this.#parts.tasks.find(this.#context, id);
    const viewer = made && (await this.#viewer());
    if (viewer === undefined) return false;
    const subject = readSubject(viewer.server, 'tasks/get', { taskId: id }, { id, made });
    return subject?.ok === true && isClean(judge(viewer, subject.value).decision);
  }

  /** With the policies and pins of today: that the agent once might is no reason to hear more. */
  async #viewer(): Promise<Viewer | undefined> {
    const { tenant, principal } = this.#context;
    const { clock, policy, registry } = this.#parts;
    const engine = policy.cachedEngine(tenant.id) ?? (await policy.engine(tenant.id));
    const server =
      registry.cached(tenant.id, principal.server) ?? (await registry.server(tenant.id, principal.server));
    return server && { ...this.#context, server, engine, receivedAt: clock.now() };
  }
}

/** The task that a message says the status of; empty where that is nobody's. */
export function statusTask({ method, params }: JsonObject): string | undefined {
  if (method === TASK_NEWS) return '';
  if (method !== TASK_STATUS) return undefined;
  const id = isJsonObject(params) ? params['taskId'] : undefined;
  return typeof id === 'string' ? id : '';
}
