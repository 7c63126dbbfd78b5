import { createHmac } from 'node:crypto';
import {
  decodeUtf8,
  fromBase64Url,
  toBase64Url,
  toHex,
  utf8,
  type Principal,
  type ReceiptId,
} from '#lib/core';
import type { Keys } from '#lib/keys';
import { CURSOR_CHARS_MAX, TASK_KEPT_MS_MAX, TASK_KEPT_MS_MIN } from './constants.ts';
import type { TaskStore } from './store.ts';

const PURPOSE = 'mcp-task';
const CURSOR_PURPOSE = 'mcp-task-cursor';

/** Of which call a server made a task. */
export interface MadeTask {
  readonly tool: string;
  /** The receipt that the server can find the call by: its attempt, or where that is waived its outcome. */
  readonly call: ReceiptId;
}

/**
 * Whose tasks are whose. The id of a task is its server's own and opens nothing by itself: it is looked up under a hash that
 * holds server, person, client and mode, so that another's task, an invented one and one that is gone are the same, at
 * every replica (MCP 2025-11-25, tasks, Task Isolation and Access Control).
 */
export class OwnedTasks {
  #keys: Keys;
  #store: TaskStore;

  constructor(keys: Keys, store: TaskStore) {
    this.#keys = keys;
    this.#store = store;
  }

  /** `ttl` is the server's own word on how long it keeps the task, in milliseconds; null: without end. */
  async note(principal: Principal, id: string, made: MadeTask, ttl: unknown): Promise<void> {
    const key = await this.#keyOf(principal);
    const wanted = typeof ttl === 'number' && ttl >= 0 ? ttl : TASK_KEPT_MS_MAX;
    const ms = Math.min(Math.max(wanted, TASK_KEPT_MS_MIN), TASK_KEPT_MS_MAX);
    await this.#store.put(principal.tenant, hashOf(key, id), made, ms);
  }

  /** Undefined: no call of this caller made it. */
  async find(principal: Principal, id: string): Promise<MadeTask | undefined> {
    return (await this.pick(principal, [id])).get(id);
  }

  /** Of these ids those whose tasks are the caller's. */
  async pick(principal: Principal, ids: readonly string[]): Promise<ReadonlyMap<string, MadeTask>> {
    if (ids.length === 0) return new Map();
    const key = await this.#keyOf(principal);
    const hashes = new Map(ids.map((id) => [toHex(hashOf(key, id)), id]));
    const rows = await this.#store.find(
      principal.tenant,
      ids.map((id) => hashOf(key, id)),
    );
    return new Map(
      rows.flatMap(({ hash, made }) => {
        const id = hashes.get(toHex(hash));
        return id === undefined ? [] : [[id, made] as const];
      }),
    );
  }

  /** A cursor of the server's may be the id of anybody's task: nobody gets to see one, and nobody can make one up. */
  async sealCursor(principal: Principal, cursor: string): Promise<string> {
    return toBase64Url(await this.#keys.seal(principal.tenant, placeOf(principal), utf8(cursor)));
  }

  /** The server's own cursor; undefined for what this caller was not given. */
  async openCursor(principal: Principal, text: string): Promise<string | undefined> {
    const sealed = text.length > CURSOR_CHARS_MAX ? undefined : fromBase64Url(text);
    if (sealed === undefined) return undefined;
    const opened = await this.#keys.tryOpen(principal.tenant, placeOf(principal), sealed);
    return opened && decodeUtf8(opened);
  }

  #keyOf(principal: Principal): Promise<Uint8Array> {
    return this.#keys.lookup(principal.tenant, PURPOSE, ownerOf(principal));
  }
}

function placeOf(principal: Principal): { readonly purpose: string; readonly record: string } {
  return { purpose: CURSOR_PURPOSE, record: ownerOf(principal) };
}

/** Not the grant: whoever authorizes the same client again goes on with what they had begun. */
function ownerOf({ server, person, agent, mode }: Principal): string {
  return JSON.stringify([server, person?.id ?? null, agent.clientId, mode]);
}

function hashOf(key: Uint8Array, id: string): Buffer {
  return createHmac('sha256', key).update(id).digest();
}
