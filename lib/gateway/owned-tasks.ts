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
import type { PinnedServer } from '#lib/registry';
import { CURSOR_CHARS_MAX, OWNER_TASKS_MAX, TASK_KEPT_MS_MAX, TASK_KEPT_MS_MIN } from './constants.ts';
import type { TaskStore } from './store.ts';

const PURPOSE = 'mcp-task';
const OWNER_PURPOSE = 'mcp-task-owner';
const CURSOR_PURPOSE = 'mcp-task-cursor';
const INPUT_PURPOSE = 'mcp-task-input';

/** Of which call a server made a task. */
export interface MadeTask {
  readonly tool: string;
  /** The receipt that the server can find the call by: its attempt, or where that is waived its outcome. */
  readonly call: ReceiptId;
}

/** Whose a task is, at which server: another address is another server. */
export interface TaskOwner {
  readonly principal: Principal;
  readonly server: Pick<PinnedServer, 'id' | 'urlSha256'>;
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
  async note(owner: TaskOwner, id: string, made: MadeTask, ttl: unknown): Promise<void> {
    const [key, ownerHash] = [await this.#keyOf(owner), await this.#hashOf(owner)];
    const wanted = typeof ttl === 'number' && ttl >= 0 ? ttl : TASK_KEPT_MS_MAX;
    const ms = Math.min(Math.max(wanted, TASK_KEPT_MS_MIN), TASK_KEPT_MS_MAX);
    await this.#store.put(owner.principal.tenant, { hash: hashOf(key, id), made }, ownerHash, ms);
  }

  /** When the first of this caller's tasks is forgotten, where there are as many as may be; else undefined. */
  async fullUntil(owner: TaskOwner): Promise<Date | undefined> {
    const { count, firstEndsAt } = await this.#store.count(
      owner.principal.tenant,
      await this.#hashOf(owner),
      OWNER_TASKS_MAX,
    );
    return count < OWNER_TASKS_MAX ? undefined : firstEndsAt;
  }

  /** Undefined: no call of this caller made it. */
  async find(owner: TaskOwner, id: string): Promise<MadeTask | undefined> {
    return (await this.pick(owner, [id])).get(id);
  }

  /** Of these ids those whose tasks are the caller's. */
  async pick(owner: TaskOwner, ids: readonly string[]): Promise<ReadonlyMap<string, MadeTask>> {
    if (ids.length === 0) return new Map();
    const key = await this.#keyOf(owner);
    const hashes = ids.map((id) => hashOf(key, id));
    const rows = await this.#store.find(owner.principal.tenant, hashes);
    const known = new Map(rows.map(({ hash, made }) => [toHex(hash), made]));
    return new Map(
      ids.flatMap((id, index) => {
        const made = known.get(toHex(hashes[index] as Buffer));
        return made === undefined ? [] : [[id, made] as const];
      }),
    );
  }

  /** A cursor of the server's may be the id of anybody's task: nobody gets to see one, and nobody can make one up. */
  async sealCursor(owner: TaskOwner, cursor: string): Promise<string> {
    return toBase64Url(await this.#keys.seal(owner.principal.tenant, placeOf(owner), utf8(cursor)));
  }

  /** The server's own cursor; undefined for what this caller was not given. */
  async openCursor(owner: TaskOwner, text: string): Promise<string | undefined> {
    const sealed = text.length > CURSOR_CHARS_MAX ? undefined : fromBase64Url(text);
    if (sealed === undefined) return undefined;
    const opened = await this.#keys.tryOpen(owner.principal.tenant, placeOf(owner), sealed);
    return opened && decodeUtf8(opened);
  }

  /** Under which it is kept that a task asked its owner something by this name: nobody else comes to the same. */
  inputPlace(owner: TaskOwner, id: string, name: string): Promise<string> {
    return this.#placeOf(owner, [textOf(owner), id, name]);
  }

  /** Under which it is kept where a task lives, at a server with sessions. */
  homePlace(owner: TaskOwner, id: string): Promise<string> {
    return this.#placeOf(owner, [textOf(owner), id]);
  }

  async #placeOf(owner: TaskOwner, names: readonly string[]): Promise<string> {
    const text = JSON.stringify(names);
    const hash = toHex(await this.#keys.lookup(owner.principal.tenant, INPUT_PURPOSE, text));
    return hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
  }

  /** By which the tasks of one owner are counted. */
  #hashOf(owner: TaskOwner): Promise<Uint8Array> {
    return this.#keys.lookup(owner.principal.tenant, OWNER_PURPOSE, textOf(owner));
  }

  #keyOf(owner: TaskOwner): Promise<Uint8Array> {
    return this.#keys.lookup(owner.principal.tenant, PURPOSE, textOf(owner));
  }
}

function placeOf(owner: TaskOwner): { readonly purpose: string; readonly record: string } {
  return { purpose: CURSOR_PURPOSE, record: textOf(owner) };
}

/** Not the grant: whoever authorizes the same client again goes on with what they had begun. */
function textOf({ principal: { person, agent, mode }, server: { id, urlSha256 } }: TaskOwner): string {
  return JSON.stringify([id, urlSha256, person?.id ?? null, agent.clientId, mode]);
}

function hashOf(key: Uint8Array, id: string): Buffer {
  return createHmac('sha256', key).update(id).digest();
}
