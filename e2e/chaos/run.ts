/**
 * `npm run chaos -- <what>`: breaks things for longer than a test may take, and counts.
 *   kill       two replicas under load, one of them killed again and again
 *   failover   two replicas under load on a PostgreSQL cluster under Patroni, whose primary is killed
 *   faults     two replicas under load, and everything that PostgreSQL or the way to it can do to an append
 *   --kills N  how often (default 25 and 2);  --rounds N  how often each fault of an append (default 3)
 *   --agents N  how many agents call (default 16)
 *   --json     one object on standard output and nothing else
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { applyMigrations, startEmbeddedPostgres } from '#lib/db';
import { startPostgresWire } from '../fixtures/postgres-wire.ts';
import { failOver } from './fail-over.ts';
import { faultsTable } from './faults-table.ts';
import { type FaultRow, type FaultsReport, injectFaults } from './inject-faults.ts';
import { killReplicas, startLoadedOrganisation } from './kill-replicas.ts';
import { findTools, startPatroni } from './start-patroni.ts';
import { loseEntries } from './restore-database.ts';
import { mountSmallDisk } from './small-disk.ts';
import { startReplicas } from './start-replicas.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    agents: { type: 'string', default: '16' },
    json: { type: 'boolean', default: false },
  },
});
const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};
const tell = (_: object, message: string): void => say(message);
const quiet = { info: () => undefined, warn: tell, error: tell };

/** For a database under load for some minutes. */
const SMALL_DISK_MB = 1_024;

interface AllFaults extends FaultsReport {
  readonly missingEntries: number;
}

const RUNS: Readonly<Record<string, () => Promise<object & { readonly disagreements: readonly string[] }>>> =
  {
    kill,
    failover,
    faults,
  };

const [name = 'kill'] = positionals;
const run = RUNS[name];
if (run === undefined) {
  say(`'${name}' is not one of ${Object.keys(RUNS).join(', ')}`);
  process.exitCode = 2;
} else {
  const report = await run();
  console.log(values.json ? JSON.stringify(report) : describe(report));
  if (report.disagreements.length > 0) process.exitCode = 1;
}

async function kill() {
  const postgres = await startPostgres();
  const replicas = await startReplicas({ databases: [postgres, postgres] });
  const acme = await startLoadedOrganisation(replicas);
  try {
    const [kills, agents] = [Number(values.kills ?? 25), Number(values.agents)];
    return await killReplicas(replicas, acme, { kills, agents, say });
  } finally {
    await replicas.stop();
    await acme.stop();
    await postgres.stop();
  }
}

async function failover() {
  const tools = findTools();
  if ('missing' in tools)
    throw new Error(`this needs Debian's packages ${tools.missing.join(', ')}: install them first`);
  const cluster = await startPatroni(tools);
  try {
    await applyMigrations(cluster.adminUrl);
    const replicas = await startReplicas({ databases: [cluster, cluster] });
    const acme = await startLoadedOrganisation(replicas);
    try {
      const [kills, agents] = [Number(values.kills ?? 2), Number(values.agents)];
      return await failOver(cluster, replicas, acme, { kills, agents, say });
    } finally {
      await replicas.stop();
      await acme.stop();
    }
  } finally {
    await cluster.stop();
  }
}

async function faults(): Promise<AllFaults> {
  const [rounds, agents] = [Number(values.rounds), Number(values.agents)];
  const disk = mountSmallDisk(SMALL_DISK_MB);
  const postgres = await startPostgres(disk?.folder);
  const wire = await startPostgresWire(postgres.url);
  const behindWire = { url: wire.url, adminUrl: postgres.adminUrl };
  const replicas = await startReplicas({ databases: [postgres, behindWire] });
  const acme = await startLoadedOrganisation(replicas);
  let report: FaultsReport;
  try {
    const scene = { replicas, acme, wire, dataDir: postgres.dataDir, disk };
    report = await injectFaults(scene, { rounds, agents, say });
  } finally {
    await replicas.stop();
    await acme.stop();
    await wire.stop();
    await postgres.stop();
    disk?.unmount();
  }
  const { row, missingEntries, disagreements } = await loseEntries({ agents });
  return {
    ...report,
    missingEntries,
    faults: [...report.faults, row],
    disagreements: [...report.disagreements, ...disagreements],
  };
}

/** With its own settings: what is lost in a crash of the machine is lost here, too. */
async function startPostgres(below = tmpdir()) {
  const dataDir = mkdtempSync(join(below, 'countersign-chaos-'));
  const started = await startEmbeddedPostgres({ dataDir, logger: quiet });
  await applyMigrations(started.adminUrl);
  const stop = async () => {
    await started.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  return { url: started.url, adminUrl: started.adminUrl, dataDir, stop };
}

function describe({
  disagreements,
  ...counts
}: object & { readonly disagreements: readonly string[]; readonly faults?: readonly FaultRow[] }): string {
  const { faults: rows, ...others } = counts;
  const lines = Object.entries(others).map(([what, count]) => `${what.padEnd(18)} ${String(count)}`);
  if (rows !== undefined) lines.unshift(faultsTable(rows), '');
  const verdict = disagreements.length === 0 ? 'The records agree.' : 'The records do not agree:';
  return [...lines, verdict, ...disagreements.slice(0, 50)].join('\n');
}
