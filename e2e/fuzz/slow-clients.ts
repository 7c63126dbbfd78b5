/** Clients that hold a connection and do next to nothing with it, while everybody else goes on. */
import { connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { goodHeaders, type Identity, write } from './raw-request.ts';

export interface SlowClients {
  readonly count: number;
  /** Once all of them must have been ended. */
  late(): Promise<void>;
  /** What is wrong with how each was ended; undefined while it is too early to say. */
  judge(): readonly string[] | undefined;
  stop(): void;
}

interface SlowClient {
  readonly kind: string;
  readonly socket: Socket;
  readonly received: string[];
  isOver: boolean;
}

const EACH = 8;
const BYTE_EVERY_MS = 1_000;
/** A request has a minute to arrive, and is looked for twice a minute. */
const ENDED_AFTER_MS = 100_000;

export function startSlowClients(port: number, identity: Identity): SlowClients {
  const startedAt = Date.now();
  const line = `POST ${identity.path} HTTP/1.1`;
  const head = write(line, [...goodHeaders(identity), ['content-length', '100000']], Buffer.alloc(0));
  const kinds: Readonly<Record<string, Buffer>> = {
    silent: Buffer.alloc(0),
    'slow with its headers': head.subarray(0, head.indexOf('accept: ') + 'accept: '.length),
    'slow with its body': Buffer.concat([head, Buffer.from('{"jsonrpc":"2.0"')]),
  };
  const clients = Object.entries(kinds).flatMap(([kind, first]) =>
    Array.from({ length: EACH }, () => begin(port, kind, first)),
  );
  const drip = setInterval(() => {
    for (const { kind, socket, isOver } of clients) if (!isOver && kind !== 'silent') socket.write(' ');
  }, BYTE_EVERY_MS);
  return {
    count: clients.length,
    late: async () => await setTimeout(Math.max(0, startedAt + ENDED_AFTER_MS - Date.now())),
    judge: () => {
      if (Date.now() - startedAt < ENDED_AFTER_MS) return undefined;
      return clients.flatMap((client) => problemOf(client) ?? []);
    },
    stop: () => {
      clearInterval(drip);
      for (const { socket } of clients) socket.destroy();
    },
  };
}

function begin(port: number, kind: string, first: Buffer): SlowClient {
  const socket = connect({ port, host: '127.0.0.1' });
  const client: SlowClient = { kind, socket, received: [], isOver: false };
  socket.on('data', (chunk) => client.received.push(chunk.toString()));
  for (const name of ['close', 'end', 'error'] as const) socket.on(name, () => void (client.isOver = true));
  socket.write(first);
  return client;
}

function problemOf({ kind, isOver, received }: SlowClient): string | undefined {
  if (!isOver) return `a client that is ${kind} still has its connection`;
  const answer = received.join('');
  return answer.startsWith('HTTP/1.1 408 ') && answer.includes('"request-timeout"')
    ? undefined
    : `a client that is ${kind} was told ${JSON.stringify(answer.slice(0, 200))}`;
}
