/**
 * `npm run conformance`: the official conformance suite against a server directly and through Countersign, side by side;
 * against Countersign's own authorization server; and against Countersign as the client of the suite's servers.
 * Exits with 1 on any difference or failure.
 *   -- --json        one object on standard output and nothing else
 *   -- --only <part> server, client or authorization
 */
import { parseArgs } from 'node:util';
import { startConformanceServer } from './fixtures/conformance-server.ts';
import type { Comparison } from './conformance/compare.ts';
import { renderComparison, renderSingles } from './conformance/render.ts';
import {
  APART_WITH_SESSIONS,
  compareServerSets,
  runAuthorization,
  runClientSet,
  type Single,
} from './conformance/run-modes.ts';
import { startSite } from './conformance/site.ts';
import { extensionScenarios, REVISIONS, suiteVersion } from './conformance/suite.ts';

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, only: { type: 'string' } },
});
const wants = (part: string) => values.only === undefined || values.only === part;
const show = (text: string) => void (values.json || process.stdout.write(`${text}\n`));

const version = await suiteVersion();
show(`@modelcontextprotocol/conformance ${version}\n`);
const fixture = await startConformanceServer();
const sessions = await startConformanceServer({ speaks: 'sessions' });
const site = await startSite(
  { fixture: fixture.url, sessions: sessions.url },
  { env: { LOG_LEVEL: 'warn' } },
);
const stop = async () => {
  await site.stop();
  await fixture.stop();
  await sessions.stop();
};
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void stop().finally(() => process.exit(1)));

const server: Record<string, readonly Comparison[]> = {};
const client: Record<string, readonly Single[]> = {};
let authorization: readonly Single[] = [];
try {
  for (const revision of REVISIONS.filter(() => wants('server'))) {
    const also = extensionScenarios(revision);
    server[revision] = await compareServerSets(fixture.url, site, 'fixture', revision, { also });
    show(renderComparison(`Servers, ${revision}`, server[revision]));
    // Directly it speaks no other revision: what a client of that one finds is compared with the server that does.
    const direct = revision === '2025-11-25' ? sessions.url : fixture.url;
    const behind = `${revision} in front of a server of sessions`;
    const options = revision === '2025-11-25' ? {} : { apart: APART_WITH_SESSIONS };
    server[behind] = await compareServerSets(direct, site, 'sessions', revision, options);
    show(renderComparison(`Servers, ${behind}`, server[behind]));
  }
  if (wants('authorization')) {
    authorization = await runAuthorization(site, 'fixture');
    show(renderSingles('Authorization server', authorization));
  }
  for (const revision of REVISIONS.filter(() => wants('client'))) {
    client[revision] = await runClientSet(site, revision);
    show(renderSingles(`Clients, ${revision}`, client[revision]));
  }
} finally {
  await stop();
}

const required = Object.values(server)
  .flat()
  .filter((row) => row.required);
const singles = [...authorization, ...Object.values(client).flat()];
const problems = [...required, ...singles].flatMap((row) => row.problems);
if (values.json)
  process.stdout.write(
    `${JSON.stringify({ ok: problems.length === 0, suite: version, server, authorization, client })}\n`,
  );
show(problems.length === 0 ? 'No difference, no failure.' : `${problems.length} problems.`);
process.exitCode = problems.length === 0 ? 0 : 1;
