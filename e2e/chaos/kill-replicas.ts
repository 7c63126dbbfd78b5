/**
 * Replicas are killed at moments that nobody chose, while agents call. Afterwards the records of the agents, of the
 * upstream and of the log are laid side by side.
 */
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { verifyBundle, type Bundle } from '#lib/evidence';
import type { JsonObject } from '#lib/core';
import { nodeEvidenceCrypto } from '#lib/runtime';
import { type Organisation, startOrganisation } from '../harness/start-organisation.ts';
import { until } from '../harness/until.ts';
import { compareJournals } from './compare-journals.ts';
import type { Arrival, SentCall } from './journal-types.ts';
import { keyOf, LOAD_POLICIES, startLoad, unstamped, WAIVED_TOOL } from './load-client.ts';
import { filesAt, readLog, type ReadLog } from './read-log.ts';
import type { Replicas } from './start-replicas.ts';

/** What a dead replica left open has an outcome within this time. */
export const ORPHANS_MS = 30_000;
/** Longer than that: what takes longer is to be found, and not merely to be waited for. */
const SETTLED_MS = 90_000;
const KILLS_MIN = 2;
const PAUSE_MS = { least: 300, most: 1_500 };
const BUNDLE_RECEIPTS = 1_000;

export interface KillOptions {
  readonly kills: number;
  /** No further kill after this time, but two in any case. */
  readonly forMs?: number;
  readonly agents: number;
  readonly say?: (line: string) => void;
}

/** What the three records come to. */
export interface Records {
  readonly calls: number;
  readonly answered: number;
  readonly arrived: number;
  readonly entries: number;
  readonly attempts: number;
  /** Attempts that died with their replica. */
  readonly unknown: number;
  /** Heads that somebody was shown. */
  readonly heads: number;
  /** Answers whose bundle verifies. */
  readonly verified: number;
  readonly disagreements: readonly string[];
}

export interface KillReport extends Records {
  readonly kills: number;
  /** How long after the kill of its replica an attempt was open, at most. */
  readonly orphansClosedMs: number;
}

export async function startLoadedOrganisation({ instance }: Replicas): Promise<Organisation> {
  return await startOrganisation(instance, {
    slug: 'acme',
    policies: LOAD_POLICIES,
    withoutAttempt: [WAIVED_TOOL],
  });
}

export async function killReplicas(
  replicas: Replicas,
  acme: Organisation,
  { kills: most, forMs = Infinity, agents, say = () => undefined }: KillOptions,
): Promise<KillReport> {
  const load = await startLoad({ acme, agents });
  const endsAt = performance.now() + forMs;
  const killedAt: number[] = [];
  while (killedAt.length < KILLS_MIN || (killedAt.length < most && performance.now() < endsAt)) {
    await pause(randomInt(PAUSE_MS.least, PAUSE_MS.most));
    const which = randomInt(replicas.count);
    killedAt.push(Date.now());
    await replicas.kill(which);
    await pause(randomInt(PAUSE_MS.least, PAUSE_MS.most));
    await replicas.start(which);
    say(`kill ${killedAt.length}: replica ${which}, after ${load.journal.length} calls`);
  }
  await pause(PAUSE_MS.most);
  await load.stop();
  const log = await settledLog(acme);
  const orphansClosedMs = longestOpen(log, killedAt);
  const records = await layRecordsSideBySide(replicas, acme, load.journal, log);
  return { kills: killedAt.length, orphansClosedMs, ...records };
}

/** How long after the kill of its replica an attempt was closed as `unknown`, at most; by the log's own seconds. */
function longestOpen({ entries }: ReadLog, killedAt: readonly number[]): number {
  const attempts = new Map(entries.map((entry) => [entry.id, entry]));
  const orphans = entries.filter(({ status }) => status === 'unknown');
  const open = orphans.map(({ at, attempt = '' }) => {
    const begun = (attempts.get(attempt)?.at ?? at) * 1_000;
    return at * 1_000 - (killedAt.find((kill) => kill >= begun) ?? begun);
  });
  return Math.max(0, ...open);
}

/** The log, once every attempt in it has an outcome. */
export async function settledLog(acme: Organisation): Promise<ReadLog> {
  const files = filesAt(acme.canonicalUrl, await auditorCookie(acme));
  return await until(
    'every attempt has an outcome',
    async () => {
      const log = await readLog(files);
      return openIn(log) === 0 && log;
    },
    SETTLED_MS,
  );
}

export async function layRecordsSideBySide(
  { instance }: Replicas,
  acme: Organisation,
  journal: readonly SentCall[],
  log: ReadLog,
): Promise<Records> {
  const upstream = arrivalsOf(acme);
  const told = journal.flatMap((call) => (call.told === undefined ? [] : [call.told]));
  const heads = [...told.map(({ head }) => head), ...log.named];
  const checked = await checkResults(instance, told);
  const disagreements = [
    ...compareJournals({ client: journal, upstream, log: log.entries }),
    ...heads
      .filter(({ id, size, root }) => id !== log.id || log.rootAt(size) !== root)
      .map(({ size }) => `a head of ${size} entries was shown that the log never had`),
    ...checked.disagreements,
  ];
  return {
    calls: journal.length,
    answered: told.length,
    arrived: upstream.length,
    entries: log.entries.length,
    attempts: log.entries.filter(({ kind }) => kind === 'attempt').length,
    unknown: log.entries.filter(({ status }) => status === 'unknown').length,
    heads: heads.length,
    verified: checked.verified,
    disagreements,
  };
}

export function arrivalsOf({ ledger }: Organisation): readonly Arrival[] {
  return ledger.journal.map(({ attempt = '', seen, params }) => ({
    key: keyOf(params),
    attempt,
    jti: seen.jti,
  }));
}

export async function auditorCookie(acme: Organisation): Promise<string> {
  const browser = await acme.signIn('audrey@acme.example');
  return browser.cookies(acme.canonicalUrl);
}

function openIn({ entries }: ReadLog): number {
  const closed = new Set(entries.map(({ attempt }) => attempt));
  return entries.filter(({ kind, id }) => kind === 'attempt' && !closed.has(id)).length;
}

/** Bundles that verify, of the newest answers with a result: what the agent has is what was hashed. */
async function checkResults(
  instance: Replicas['instance'],
  told: readonly NonNullable<SentCall['told']>[],
): Promise<{ readonly verified: number; readonly disagreements: readonly string[] }> {
  const newest = told.filter(({ as }) => as === 'result').slice(-BUNDLE_RECEIPTS);
  const [file, trustFile] = [join(instance.dataDir, 'bundle.json'), join(instance.dataDir, 'trust.json')];
  const ids = newest.map(({ receipt }) => receipt).join(',');
  const args = ['bundle', '--tenant', 'acme', '--receipts', ids, '--bodies', '--out', file];
  const made = await instance.countersign([...args, '--trust', trustFile]);
  if (made.code !== 0) return { verified: 0, disagreements: [`no bundle was made: ${made.stderr}`] };
  const text = await readFile(file, 'utf8');
  const { verdict, receipts } = verifyBundle(text, await readFile(trustFile, 'utf8'), nodeEvidenceCrypto);
  if (verdict !== 'VALID') return { verified: 0, disagreements: [`the bundle is ${verdict}`] };
  const bodies = (JSON.parse(text) as Bundle).receipts.map(({ body }) => body?.result);
  const disagreements = newest.flatMap(({ receipt, result }, at) => {
    const archived =
      typeof bodies[at] === 'string' ? unstamped(JSON.parse(bodies[at]) as JsonObject) : undefined;
    return archived === result ? [] : [`the agent was told otherwise under ${receipt} than the archive has`];
  });
  return { verified: receipts.length, disagreements };
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
