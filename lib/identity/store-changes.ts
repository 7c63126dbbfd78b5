import type { ReplicaId, TenantId } from '#lib/core';
import { afterCommit, type Database, type TenantTransaction } from '#lib/db';

const CHANNEL = 'identity_change';

export interface Change {
  readonly kind: 'tenant' | 'person' | 'agent' | 'provider';
  readonly tenant: TenantId;
  /** Slug, person id, client id; empty for a provider. */
  readonly subject: string;
}

/** Tells caches of this and every other replica that something was changed. `undefined`: anything may have been missed. */
export interface Changes {
  /** After the transaction has committed. */
  announce(tx: TenantTransaction, change: Change): void;
  subscribe(handler: (change: Change | undefined) => void): void;
  start(): Promise<void>;
  stop(): void;
}

export function createChanges(database: Database, onLost: (error: unknown) => void): Changes {
  const handlers: ((change: Change | undefined) => void)[] = [];
  let unlisten: (() => void) | undefined;
  const deliver = (change: Change | undefined) => {
    for (const handler of handlers) handler(change);
  };
  return {
    announce: (tx, change) =>
      afterCommit(tx, () => {
        deliver(change);
        const payload = [database.lease.id, change.kind, change.tenant, change.subject];
        database.notify(CHANNEL, JSON.stringify(payload)).catch(onLost);
      }),
    subscribe: (handler) => void handlers.push(handler),
    async start() {
      unlisten = await database.listen(CHANNEL, (payload) => {
        const told = parseAnnouncement(payload);
        // Its own change this replica has had already.
        if (told?.replica !== database.lease.id) deliver(told?.change);
      });
    },
    stop: () => unlisten?.(),
  };
}

interface Announcement {
  readonly replica: ReplicaId;
  readonly change: Change;
}

/** What can't be read may have been about anything. */
function parseAnnouncement(payload: string | undefined): Announcement | undefined {
  if (payload === undefined) return undefined;
  try {
    const parts = JSON.parse(payload) as [ReplicaId, Change['kind'], TenantId, string];
    const [replica, kind, tenant, subject] = parts;
    return { replica, change: { kind, tenant, subject } };
  } catch {
    return undefined;
  }
}
