import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { headersOf, openSession } from './agent-access.ts';
import { asOwner } from './as-owner.ts';
import { crowdOf, type Crowd, gatherCrowd, type Member } from './crowd.ts';
import { eachOf } from './in-turn.ts';
import { type Mode, verdict } from './mode.ts';
import { MEMORY_NODE_ARGS, type ProcessMemory, readMemory } from './process-memory.ts';
import type { BenchStack } from './start-stack.ts';
import { furtherServer } from './tenant-file.ts';
import { textTable } from './text-table.ts';

const PEOPLE = 100;
const SESSIONS_DEFAULT = 10_000;
const OPENINGS_AT_ONCE = 16;
/** A person may hold 16 streams at a server. */
const STREAMS_PER_PERSON = 16;
const BYTES_MAX = 20_000;

/** What a session costs that is open and does nothing: as it stands, and with a stream that its agent listens on. */
export const idleSessions: Mode = {
  stack: () => ({ sessions: 1, nodeArgs: MEMORY_NODE_ARGS, people: crowdOf(PEOPLE), furtherServers: 1 }),
  measure: async (stack, { numbers, quick, say }) => {
    const sessions = numbers[0] ?? (quick ? 500 : SESSIONS_DEFAULT);
    const people = quick ? PEOPLE / 10 : PEOPLE;
    const crowd = await gatherCrowd(stack, people, () => [furtherServer(0)]);
    say(`${people} people signed in`);
    // What the first sessions cost is code and caches, and theirs only.
    await openSessions(crowd, people);
    const before = await measure(stack);
    const opened = await openSessions(crowd, sessions);
    const open = await measure(stack);
    say(`${sessions} sessions are open`);
    const streams = await openStreams(opened.slice(0, people * STREAMS_PER_PERSON));
    const listening = await measure(stack);
    say(`${streams.length} of them listen`);
    for (const stream of streams) stream.destroy();
    const figures = {
      sessions,
      people,
      streams: streams.length,
      session_bytes: difference(before, open, sessions),
      stream_bytes: difference(open, listening, streams.length),
    };
    return { figures, text: describe(figures), sound: true };
  },
};

interface OpenedSession {
  readonly member: Member;
  readonly session: string;
}

/** In turn for each member. */
async function openSessions({ members }: Crowd, count: number): Promise<readonly OpenedSession[]> {
  const wanted = Array.from({ length: count }, (_, index) => members[index % members.length] as Member);
  return await eachOf(wanted, OPENINGS_AT_ONCE, async (member) => ({
    member,
    session: await openSession(member.resource, member.accessToken),
  }));
}

async function openStreams(sessions: readonly OpenedSession[]): Promise<readonly IncomingMessage[]> {
  return await eachOf(sessions, OPENINGS_AT_ONCE, async ({ member, session }) => {
    const headers = { ...headersOf(member.accessToken, session), accept: 'text/event-stream' };
    return await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = request(member.resource, { headers, agent: false }, (answer) => {
        if (answer.statusCode === 200) resolve(answer.on('error', () => undefined).resume());
        else
          void text(answer).then((body) =>
            reject(new Error(`a stream was refused: HTTP ${answer.statusCode} ${body}`)),
          );
      });
      outgoing.on('error', reject);
      outgoing.end();
    });
  });
}

interface Bytes extends ProcessMemory {
  /** The sessions' table with its indexes. */
  readonly rows: number;
}

/** Twice: what the first collection let go may hold something else. */
async function measure(stack: BenchStack): Promise<Bytes> {
  await readMemory(stack);
  const rows = await asOwner(stack.env, async (client) => {
    const found = await client.query<{ bytes: number }>(
      `select pg_total_relation_size('mcp_session')::float8 as bytes`,
    );
    return found.rows[0]?.bytes ?? 0;
  });
  return { ...(await readMemory(stack)), rows };
}

interface PerSession {
  /** Heap and what is held outside of it: what the promise is about. */
  readonly process: number;
  readonly heap: number;
  readonly outside: number;
  readonly rss: number;
  readonly rows: number;
}

function difference(before: Bytes, after: Bytes, count: number): PerSession {
  const each = (name: keyof Bytes) => Math.round((after[name] - before[name]) / Math.max(1, count));
  const [heap, outside] = [each('heapUsed'), each('external')];
  return { process: heap + outside, heap, outside, rss: each('rss'), rows: each('rows') };
}

interface Figures {
  readonly sessions: number;
  readonly people: number;
  readonly streams: number;
  readonly session_bytes: PerSession;
  readonly stream_bytes: PerSession;
}

function describe({
  sessions,
  people,
  streams,
  session_bytes: session,
  stream_bytes: stream,
}: Figures): string {
  const line = (name: string, bytes: PerSession) => [
    name,
    ...[bytes.process, bytes.heap, bytes.outside, bytes.rss, bytes.rows].map(String),
  ];
  const head = ['bytes for each', 'in the process', 'heap', 'outside', 'RSS', 'PostgreSQL'];
  return [
    textTable(head, [
      line(`idle session (${sessions}, of ${people} people)`, session),
      line(`its open GET stream (${streams}), on top`, stream),
    ]),
    verdict(`an idle session costs the process at most ${BYTES_MAX} bytes`, session.process <= BYTES_MAX),
  ].join('\n');
}
