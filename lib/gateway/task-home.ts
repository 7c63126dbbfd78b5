import { randomUUID } from 'node:crypto';
import { isJsonObject, type JsonObject } from '#lib/core';
import {
  EVENT_BYTES_MAX,
  SERVER_REQUESTS_MAX,
  SESSION_QUESTIONS_MAX,
  TASK_INPUT_MS_MAX,
} from './constants.ts';
import type { TaskOwner } from './owned-tasks.ts';
import type { RpcId } from './parse-message.ts';
import type { Parts } from './parts.ts';
import { isSameUpstream, type SessionUpstream } from './session.ts';

/**
 * Where a task lives that a server with sessions made for a client without: many know a task in the session alone in which
 * they made it, and ask in it. Kept where every replica finds it.
 */
export interface TaskHome {
  readonly upstream: SessionUpstream;
  /** In the order in which it was asked. */
  readonly asked: readonly HeardQuestion[];
}

/** Something that the server asked inside the task, as it asked it. */
export interface HeardQuestion {
  /** Ours, by which the client gets it: the same for no other question of the task. */
  readonly name: string;
  /** The server's own. */
  readonly id: RpcId;
  readonly method: string;
  readonly params: JsonObject;
  /** It was answered, or nobody waits for an answer any more: what it was is forgotten. */
  readonly isOver: boolean;
}

/** A question as it was just heard. */
export type Heard = Pick<HeardQuestion, 'id' | 'method' | 'params'>;

type Place = Pick<Parts, 'relays' | 'tasks'>;

/** The server has just made it in this session. */
export async function noteHome(
  { relays, tasks }: Place,
  owner: TaskOwner,
  id: string,
  { era, protocolVersion, sessionId }: SessionUpstream,
): Promise<void> {
  const upstream = { era, protocolVersion, ...(sessionId === undefined ? {} : { sessionId }) };
  const place = await tasks.homePlace(owner, id);
  await relays.replace(owner.principal.tenant, place, { upstream, asked: [] }, TASK_INPUT_MS_MAX);
}

/** Its server gives this id to another task from now on. */
export async function forgetHome({ relays, tasks }: Place, owner: TaskOwner, id: string): Promise<void> {
  await relays.take(owner.principal.tenant, await tasks.homePlace(owner, id));
}

/** Undefined: nobody knows any more. */
export async function findHome(
  { relays, tasks }: Place,
  owner: TaskOwner,
  id: string,
): Promise<TaskHome | undefined> {
  return readHome(await relays.look(owner.principal.tenant, await tasks.homePlace(owner, id)));
}

/**
 * Keeps what was heard in this session. Those that are not kept, for they are too many or too long, are returned: their
 * server is to be told.
 */
export async function keepHeard(
  { relays, tasks }: Place,
  owner: TaskOwner,
  id: string,
  upstream: SessionUpstream,
  heard: readonly Heard[],
): Promise<readonly Heard[]> {
  let refused: readonly Heard[] = [];
  const place = await tasks.homePlace(owner, id);
  const add = (row: JsonObject | undefined) => {
    const home = readHome(row);
    const before = home !== undefined && isSameUpstream(home.upstream, upstream) ? home.asked : [];
    const asked = [...before];
    refused = heard.filter((one) => {
      if (asked.some(({ id: known }) => known === one.id)) return false;
      const question = { ...one, name: randomUUID(), isOver: false };
      if (!hasRoom([...asked, question])) return true;
      asked.push(question);
      return false;
    });
    return asked.length === before.length ? undefined : rowOf({ upstream, asked });
  };
  await relays.change(owner.principal.tenant, place, add, TASK_INPUT_MS_MAX);
  return refused;
}

/** These are over, whoever says so first. */
export async function endQuestions(
  { relays, tasks }: Place,
  owner: TaskOwner,
  id: string,
  names: ReadonlySet<string>,
): Promise<void> {
  const end = (row: JsonObject | undefined) => {
    const home = readHome(row);
    if (home === undefined || !home.asked.some(({ name, isOver }) => names.has(name) && !isOver))
      return undefined;
    const asked = home.asked.map((one) => (names.has(one.name) ? { ...one, params: {}, isOver: true } : one));
    return rowOf({ ...home, asked });
  };
  await relays.change(owner.principal.tenant, await tasks.homePlace(owner, id), end, TASK_INPUT_MS_MAX);
}

/**
 * Keeps that this was put of a task at a server without sessions, which names its questions itself. False: as many were as may
 * be. (A task that has a home has them there.)
 */
export async function noteShown(
  { relays, tasks }: Place,
  owner: TaskOwner,
  id: string,
  name: string,
): Promise<boolean> {
  let isOneTooMany = false;
  const add = (row: JsonObject | undefined) => {
    const shown = shownIn(row);
    isOneTooMany = false;
    if (shown.includes(name)) return undefined;
    isOneTooMany = shown.length >= SERVER_REQUESTS_MAX;
    return isOneTooMany || readHome(row) !== undefined ? undefined : { shown: [...shown, name] };
  };
  await relays.change(owner.principal.tenant, await tasks.homePlace(owner, id), add, TASK_INPUT_MS_MAX);
  return !isOneTooMany;
}

/** The names of all that was put of such a task. */
export async function findShown(
  { relays, tasks }: Place,
  owner: TaskOwner,
  id: string,
): Promise<readonly string[]> {
  return shownIn(await relays.look(owner.principal.tenant, await tasks.homePlace(owner, id)));
}

function shownIn(row: JsonObject | undefined): readonly string[] {
  const shown = row?.['shown'];
  return Array.isArray(shown) ? (shown as readonly string[]) : [];
}

/** As many as may be put in a call, and of these so many that wait, all together no longer than one may be. */
function hasRoom(asked: readonly HeardQuestion[]): boolean {
  const open = asked.filter(({ isOver }) => !isOver);
  if (asked.length > SERVER_REQUESTS_MAX || open.length > SESSION_QUESTIONS_MAX) return false;
  return JSON.stringify(open).length <= EVENT_BYTES_MAX;
}

function readHome(row: JsonObject | undefined): TaskHome | undefined {
  return isJsonObject(row?.['upstream']) ? (row as unknown as TaskHome) : undefined;
}

function rowOf(home: TaskHome): JsonObject {
  return home as unknown as JsonObject;
}
