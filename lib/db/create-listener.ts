import pg from 'pg';
import {
  CONNECT_TIMEOUT_MS,
  LISTEN_HEARTBEAT_MS,
  LISTEN_HEARTBEAT_TIMEOUT_MS,
  LISTEN_RECONNECT_MAX_MS,
  LISTEN_RECONNECT_MIN_MS,
} from './constants.ts';
import type { DatabaseLogger } from './types.ts';

type Handler = (payload: string | undefined) => void;

export interface Listener {
  listen(channel: string, handler: Handler): Promise<() => void>;
  close(): Promise<void>;
}

/**
 * One connection that LISTENs. A heartbeat finds it when it died in silence; it is then replaced, and every handler
 * is called with `undefined`, for what was said in between is lost.
 */
export function createListener({ url, logger }: { url: string; logger: DatabaseLogger }): Listener {
  const handlers = new Map<string, Set<Handler>>();
  let client: pg.Client | undefined;
  let connecting: Promise<pg.Client> | undefined;
  let closed = false;
  let failures = 0;

  const connect = async (): Promise<pg.Client> => {
    const fresh = new pg.Client({
      connectionString: url,
      application_name: 'countersign listen',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: LISTEN_HEARTBEAT_TIMEOUT_MS,
      keepAlive: true,
    });
    fresh.on('error', () => lose(fresh));
    fresh.on('end', () => lose(fresh));
    fresh.on('notification', ({ channel, payload }) => deliver(channel, payload ?? ''));
    await fresh.connect();
    for (const channel of handlers.keys()) await fresh.query(`listen ${fresh.escapeIdentifier(channel)}`);
    return fresh;
  };

  const deliver = (channel: string, payload: string | undefined) => {
    for (const handler of handlers.get(channel) ?? []) handler(payload);
  };

  const current = async (): Promise<pg.Client> => {
    if (client) return client;
    connecting ??= connect().finally(() => {
      connecting = undefined;
    });
    client = await connecting;
    return client;
  };

  const lose = (lost: pg.Client) => {
    if (client !== lost) return;
    client = undefined;
    // A socket that died in silence never answers a farewell.
    void lost.end().catch(() => undefined);
    if (closed) return;
    logger.warn({}, 'the connection that listens for notifications was lost');
    heal();
  };

  const heal = () => {
    const delay = Math.min(LISTEN_RECONNECT_MIN_MS * 2 ** failures, LISTEN_RECONNECT_MAX_MS);
    setTimeout(() => {
      if (closed) return;
      current().then(
        () => {
          failures = 0;
          for (const channel of handlers.keys()) deliver(channel, undefined);
        },
        () => {
          failures += 1;
          heal();
        },
      );
    }, delay).unref();
  };

  const heartbeat = setInterval(() => {
    const beating = client;
    beating?.query('select 1').catch(() => lose(beating));
  }, LISTEN_HEARTBEAT_MS);
  heartbeat.unref();

  return {
    listen: async (channel, handler) => {
      const set = handlers.get(channel) ?? new Set();
      handlers.set(channel, set.add(handler));
      const connection = await current();
      if (set.size === 1) await connection.query(`listen ${connection.escapeIdentifier(channel)}`);
      return () => {
        set.delete(handler);
      };
    },
    close: async () => {
      closed = true;
      clearInterval(heartbeat);
      const last = client;
      client = undefined;
      await last?.end();
    },
  };
}
