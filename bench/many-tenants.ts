import { postForm } from '../lib/oauth/testing/drive-client.ts';
import { callText, headersOf, openSession } from './agent-access.ts';
import { asOwner } from './as-owner.ts';
import { eachOf } from './in-turn.ts';
import { makeTenants } from './make-tenants.ts';
import type { Mode, ModeOptions } from './mode.ts';
import { runOpenLoad } from './open-load.ts';
import type { OpenLoopClient } from './open-loop-types.ts';
import { processTree, watchCpu } from './processes.ts';
import { MEMORY_NODE_ARGS, mib, readMemory } from './process-memory.ts';
import type { BenchStack } from './start-stack.ts';
import { median } from './statistics.ts';
import { AGENT_ID, MARKER, SECRET_VARIABLES, SERVERS } from './tenant-file.ts';
import { textTable } from './text-table.ts';

const TENANTS_DEFAULT = [1, 100, 2_000];
/** Tenants that are called in turn: twice as many as a process keeps logs, engines and clients of. */
const CALLED_MAX = 2_000;
const ACCESS_AT_ONCE = 8;
const SESSIONS_OF_ONE = 8;
/** Calls a second, at which even a busy machine makes nobody wait. */
const RATE = 100;
const WARM_UP_TENANT = 'warm-up';
const FULL = { rounds: 3, seconds: 8 };
const QUICK = { rounds: 1, seconds: 2 };

interface Spread {
  readonly p50_ms: number;
  readonly p99_ms: number;
  /** CPU time a call of the serving process and of PostgreSQL. */
  readonly cpu_us: number;
}

interface Level {
  readonly tenants: number;
  readonly called: number;
  /** For each of those that were added; at several at a time. */
  readonly made_ms: number;
  /** The same calls, all to one tenant, and to all that are called in turn. */
  readonly one: Spread;
  readonly all: Spread;
  readonly heap_mib: number;
  readonly external_mib: number;
  readonly rss_mib: number;
  readonly database_mib: number;
}

/** What the number of tenants costs a call, the process and the database. */
export const manyTenants: Mode = {
  stack: () => ({ sessions: 1, nodeArgs: MEMORY_NODE_ARGS }),
  measure: async (stack, options) => {
    const wanted = options.numbers.length > 0 ? options.numbers : options.quick ? [1, 20] : TENANTS_DEFAULT;
    const levels: Level[] = [];
    let made = 0;
    // Code runs in on a tenant that counts for nothing.
    await makeTenants(stack, [WARM_UP_TENANT]);
    await measureSpread(stack, await accessTo(stack, sessionsOf(WARM_UP_TENANT)), 2);
    for (const tenants of [...wanted].sort((left, right) => left - right)) {
      const slugs = Array.from({ length: tenants - made }, (_, index) => tenantSlug(made + index));
      const seconds = await makeTenants(stack, slugs);
      const level = await measureLevel(stack, tenants, (1_000 * seconds) / (tenants - made), options);
      made = tenants;
      levels.push(level);
      options.say(JSON.stringify(level));
    }
    return { figures: { levels }, text: describe(levels), sound: true };
  },
};

function tenantSlug(which: number): string {
  return `tenant-${which}`;
}

/** Several, for one session has only so many calls under way. */
function sessionsOf(slug: string): readonly string[] {
  return Array.from({ length: SESSIONS_OF_ONE }, () => slug);
}

async function measureLevel(
  stack: BenchStack,
  tenants: number,
  madeMs: number,
  { quick, say }: ModeOptions,
): Promise<Level> {
  const { rounds, seconds } = quick ? QUICK : FULL;
  // Spread over all that there are: those made last have been used least.
  const called = Math.min(tenants, CALLED_MAX);
  const slugs = Array.from({ length: called }, (_, index) =>
    tenantSlug(Math.floor((index * tenants) / called)),
  );
  const clients = await accessTo(stack, slugs);
  const first = await accessTo(stack, sessionsOf(tenantSlug(0)));
  say(`${tenants} tenants, ${called} of them called`);
  const [one, all]: [Spread[], Spread[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    one.push(await measureSpread(stack, first, seconds));
    all.push(await measureSpread(stack, clients, Math.max(seconds, called / RATE)));
  }
  const { heapUsed, external, rss } = await readMemory(stack);
  return {
    tenants,
    called,
    made_ms: madeMs,
    one: medianSpread(one),
    all: medianSpread(all),
    heap_mib: mib(heapUsed),
    external_mib: mib(external),
    rss_mib: mib(rss),
    database_mib: mib(await databaseBytes(stack)),
  };
}

/** A token of each tenant's agent and a session with it: the process has seen all of them once. */
async function accessTo(
  { instance, env }: BenchStack,
  slugs: readonly string[],
): Promise<readonly OpenLoopClient[]> {
  const { origin, host } = new URL(instance.url);
  const secret = env[SECRET_VARIABLES.agent] ?? '';
  const authorization = `Basic ${Buffer.from(`${AGENT_ID}:${secret}`).toString('base64')}`;
  return await eachOf(slugs, ACCESS_AT_ONCE, async (slug, index) => {
    const canonicalUrl = `${origin}/t/${slug}`;
    const resource = `${canonicalUrl}/mcp/${SERVERS.ledger}`;
    const form = { grant_type: 'client_credentials', resource };
    const { status, text, body } = await postForm(`${canonicalUrl}/oauth/token`, form, { authorization });
    if (body.access_token === undefined) throw new Error(`${slug}: no token was issued: ${status} ${text}`);
    const session = await openSession(resource, body.access_token);
    return {
      url: resource.replace('//localhost', '//127.0.0.1'),
      headers: { ...headersOf(body.access_token, session), host },
      body: callText(index + 1),
    };
  });
}

async function measureSpread(
  { instance, postgresPid }: BenchStack,
  clients: readonly OpenLoopClient[],
  seconds: number,
): Promise<Spread> {
  const cpu = watchCpu(() => [...instance.pids, ...processTree(postgresPid)]);
  const outcome = await runOpenLoad({ clients, rate: RATE, seconds, marker: MARKER });
  const { answered_in_all: calls, p50_ms, p99_ms } = outcome;
  return { p50_ms, p99_ms, cpu_us: cpu() / calls };
}

function medianSpread(spreads: readonly Spread[]): Spread {
  const of = (name: keyof Spread) => median(spreads.map((spread) => spread[name]));
  return { p50_ms: of('p50_ms'), p99_ms: of('p99_ms'), cpu_us: of('cpu_us') };
}

async function databaseBytes({ env }: BenchStack): Promise<number> {
  return await asOwner(env, async (client) => {
    const { rows } = await client.query<{ bytes: number }>(
      'select pg_database_size(current_database())::float8 as bytes',
    );
    return rows[0]?.bytes ?? 0;
  });
}

function describe(levels: readonly Level[]): string {
  const times = levels.flatMap(({ tenants, called, one, all }) =>
    [
      [`${tenants}`, '1', one] as const,
      ...(called > 1 ? [[`${tenants}`, String(called), all] as const] : []),
    ].map(([there, calls, { p50_ms, p99_ms, cpu_us }]) => [
      there,
      calls,
      p50_ms.toFixed(2),
      p99_ms.toFixed(2),
      String(Math.round(cpu_us)),
    ]),
  );
  const sizes = levels.map((level) => [
    String(level.tenants),
    level.made_ms.toFixed(0),
    level.heap_mib.toFixed(1),
    level.external_mib.toFixed(1),
    level.rss_mib.toFixed(1),
    level.database_mib.toFixed(1),
  ]);
  return [
    `A call, ${RATE} a second, in turn to so many of the tenants`,
    textTable(['tenants', 'called', 'p50 ms', 'p99 ms', 'CPU µs'], times),
    '',
    'Making one, and what all of them take (MiB)',
    textTable(['tenants', 'ms for one', 'heap', 'outside', 'RSS', 'database'], sizes),
  ].join('\n');
}
