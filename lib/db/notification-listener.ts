import { Client, type QueryConfig } from 'pg';
import { startDeadline } from '#lib/core';
import {
  CONNECT_TIMEOUT_MS,
  LISTEN_HEARTBEAT_MS,
  LISTEN_HEARTBEAT_TIMEOUT_MS,
  LISTEN_RECONNECT_MAX_MS,
  LISTEN_RECONNECT_MIN_MS,
} from './constants.ts';
import type { DatabaseLogger } from './types.ts';

type Handler = (payload: string | undefined) => void;

/** Not for pg to judge: its timer would call a process that slept for a while deaf, and drop all that it remembers. */
const BEAT: QueryConfig & { query_timeout: number } = {
  text: 'select 1',
  query_timeout: 10 * LISTEN_HEARTBEAT_TIMEOUT_MS,
};

/**
 * One connection that LISTENs. A heartbeat finds it when it died in silence; it is then replaced, and every handler
 * is called with `undefined`, for what was said in between is lost.
 */
export class NotificationListener {
  readonly #url: string;
  readonly #logger: DatabaseLogger;
  readonly #handlers = new Map<string, Set<Handler>>();
  readonly #heartbeat: NodeJS.Timeout;
  #client: Client | undefined;
  #connecting: Promise<Client> | undefined;
  #failures = 0;
  #closed = false;

  constructor(url: string, logger: DatabaseLogger) {
    this.#url = url;
    this.#logger = logger;
    this.#heartbeat = setInterval(() => this.#beat(), LISTEN_HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  /** Resolves once the channel is listened to. */
  async listen(channel: string, handler: Handler): Promise<() => void> {
    const handlers = this.#handlers.get(channel) ?? new Set();
    this.#handlers.set(channel, handlers.add(handler));
    const client = await this.#connected();
    if (handlers.size === 1) await client.query(`listen ${client.escapeIdentifier(channel)}`);
    return () => handlers.delete(handler);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#heartbeat);
    const last = this.#client;
    this.#client = undefined;
    await last?.end();
  }

  async #connected(): Promise<Client> {
    if (this.#client) return this.#client;
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined;
    });
    this.#client = await this.#connecting;
    return this.#client;
  }

  async #connect(): Promise<Client> {
    const client = new Client({
      connectionString: this.#url,
      application_name: 'countersign listen',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: LISTEN_HEARTBEAT_TIMEOUT_MS,
      keepAlive: true,
    });
    client.on('error', () => this.#lose(client));
    client.on('end', () => this.#lose(client));
    client.on('notification', ({ channel, payload }) => this.#deliver(channel, payload ?? ''));
    await client.connect();
    for (const channel of this.#handlers.keys())
      await client.query(`listen ${client.escapeIdentifier(channel)}`);
    return client;
  }

  #beat(): void {
    const beating = this.#client;
    if (beating === undefined) return;
    const stop = startDeadline(LISTEN_HEARTBEAT_TIMEOUT_MS, () => this.#lose(beating));
    beating
      .query(BEAT)
      .catch(() => this.#lose(beating))
      .finally(stop);
  }

  #deliver(channel: string, payload: string | undefined): void {
    for (const handler of this.#handlers.get(channel) ?? []) handler(payload);
  }

  #lose(lost: Client): void {
    if (this.#client !== lost) return;
    this.#client = undefined;
    // A socket that died in silence never answers a farewell.
    lost.end().catch(() => undefined);
    if (this.#closed) return;
    this.#logger.warn({}, 'the connection that listens for notifications was lost');
    this.#heal();
  }

  #heal(): void {
    const delay = Math.min(LISTEN_RECONNECT_MIN_MS * 2 ** this.#failures, LISTEN_RECONNECT_MAX_MS);
    const attempt = async () => {
      if (this.#closed) return;
      try {
        await this.#connected();
        this.#failures = 0;
        for (const channel of this.#handlers.keys()) this.#deliver(channel, undefined);
      } catch {
        this.#failures += 1;
        this.#heal();
      }
    };
    setTimeout(() => void attempt(), delay).unref();
  }
}
