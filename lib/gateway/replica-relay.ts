import { randomUUID } from 'node:crypto';
import { FairPlaces, isJsonObject, isUuid, lapse, type JsonObject, type TenantId } from '#lib/core';
import type { Database } from '#lib/db';
import { RELAY_CHANNEL, RELAYS_MAX, TENANT_SHARE_WEIGHT } from './constants.ts';
import { readJsonText } from './read-json-text.ts';
import type { RelayStore } from './store-relays.ts';

/** What waits in one process, and can be told something that reached another. */
export interface RelayHolder {
  holds(about: string): boolean;
  take(tenant: TenantId, about: string, message: JsonObject): Promise<JsonObject>;
}

/**
 * From the replica that a client happens to reach to the one where something waits for it, and back: a sealed row and
 * a NOTIFY (DESIGN 5.6). A notification may be lost, so whoever asks waits for so long and no longer.
 */
export interface ReplicaRelay {
  /** Undefined: nothing of that name waits anywhere, or nobody said so in time. */
  ask(tenant: TenantId, about: string, message: JsonObject, ms: number): Promise<JsonObject | undefined>;
  close(): Promise<void>;
}

interface Notice {
  readonly tenant: TenantId;
  /** The row. */
  readonly id: string;
  /** Whom it is for: what it is about, or the row that it answers. */
  readonly about?: string;
  readonly answers?: string;
}

interface RelayDeps {
  readonly database: Database;
  readonly store: Pick<RelayStore, 'put' | 'take'>;
  readonly holder: RelayHolder;
  readonly logger: { error(details: object, message: string): void };
}

export function createReplicaRelay(deps: RelayDeps): ReplicaRelay {
  return new PostgresRelay(deps);
}

class PostgresRelay implements ReplicaRelay {
  #deps: RelayDeps;
  #waiting = new Map<string, (reply: JsonObject) => void>();
  #listening: Promise<() => void>;
  #places = new FairPlaces<TenantId>(RELAYS_MAX, TENANT_SHARE_WEIGHT);

  constructor(deps: RelayDeps) {
    this.#deps = deps;
    this.#listening = deps.database.listen(RELAY_CHANNEL, (payload) => {
      const notice = payload === undefined ? undefined : readNotice(payload);
      if (notice !== undefined) this.#hear(notice);
    });
    this.#listening.catch((error: unknown) => this.#note(error));
  }

  async ask(
    tenant: TenantId,
    about: string,
    message: JsonObject,
    ms: number,
  ): Promise<JsonObject | undefined> {
    if (!this.#places.take(tenant)) return undefined;
    const id = randomUUID();
    try {
      // A look that every second answer to one question causes: where nobody else lives, there is nobody to wait for.
      if (!(await this.#deps.database.lease.hasOthers())) return undefined;
      await this.#listening;
      const answered = new Promise<JsonObject>((resolve) => this.#waiting.set(id, resolve));
      await this.#say({ tenant, id, about }, message, ms);
      const reply = await Promise.race([answered, lapse(ms)]);
      if (reply === undefined) await this.#deps.store.take(tenant, id);
      return reply;
    } finally {
      this.#places.leave(tenant);
      this.#waiting.delete(id);
    }
  }

  async close(): Promise<void> {
    (await this.#listening.catch(() => undefined))?.();
  }

  #hear(notice: Notice): void {
    const { tenant, id, about, answers } = notice;
    const resolve = answers === undefined ? undefined : this.#waiting.get(answers);
    const mine = answers === undefined && about !== undefined && this.#deps.holder.holds(about);
    if (resolve === undefined && !mine) return;
    this.#deps.store
      .take(tenant, id)
      .then(async (sealed) => {
        const message = sealed?.['message'];
        if (sealed?.['addressee'] !== addresseeOf(notice) || !isJsonObject(message)) return;
        if (resolve !== undefined) return resolve(message);
        const reply = await this.#deps.holder.take(tenant, about as string, message);
        await this.#say({ tenant, id: randomUUID(), answers: id }, reply, REPLY_MS);
      })
      .catch((error: unknown) => this.#note(error));
  }

  async #say(notice: Notice, message: JsonObject, ms: number): Promise<void> {
    const sealed = { addressee: addresseeOf(notice), message };
    await this.#deps.store.put(notice.tenant, notice.id, sealed, ms);
    await this.#deps.database.notify(RELAY_CHANNEL, JSON.stringify(notice));
  }

  #note(error: unknown): void {
    this.#deps.logger.error({ err: error }, 'something for another replica could not be passed on');
  }
}

/** How long a reply may lie before nobody can want it any more. */
const REPLY_MS = 60_000;

/**
 * Sealed beside the message: a notice is only a hint, and whoever owns the database could otherwise have one person's
 * answer brought to another's call.
 */
function addresseeOf({ about, answers }: Notice): string {
  return answers === undefined ? `about ${about ?? ''}` : `answers ${answers}`;
}

/** Any role of the database may notify: what is no notice of ours is none. */
export function readNotice(payload: string): Notice | undefined {
  const read = readJsonText(payload);
  const notice = read.ok ? read.value : undefined;
  if (!isJsonObject(notice)) return undefined;
  const { tenant, id } = notice as { [key: string]: unknown };
  const usable = typeof tenant === 'string' && isUuid(tenant) && typeof id === 'string' && isUuid(id);
  return usable ? (notice as unknown as Notice) : undefined;
}
