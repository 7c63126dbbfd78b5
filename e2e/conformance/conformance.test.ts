/** The official conformance suite, and clients and servers of others, through a whole instance with every control on. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send } from '../../lib/gateway/testing/mcp-client.ts';
import { type ConformanceServer, startConformanceServer } from '../fixtures/conformance-server.ts';
import { type EverythingFixture, startEverythingServer } from '../fixtures/everything-server.ts';
import { createTestDatabase, type TestDatabase } from '../harness/index.ts';
import { type Agent, connectLegacy, connectModern } from './agents.ts';
import { inspect } from './inspector.ts';
import { problemsOf } from './compare.ts';
import { runAuthorization, runServerSetThrough } from './run-modes.ts';
import { type Site, startSite } from './site.ts';
import {
  extensionScenarios,
  requiredScenarios,
  REVISIONS,
  type Revision,
  type ScenarioRun,
} from './suite.ts';

let test: TestDatabase;
let fixture: ConformanceServer;
let everything: EverythingFixture;
let everythingSse: EverythingFixture;
let site: Site;

beforeAll(async () => {
  [test, fixture, everything, everythingSse] = await Promise.all([
    createTestDatabase(),
    startConformanceServer(),
    startEverythingServer(),
    startEverythingServer(undefined, 'sse'),
  ]);
  site = await startSite(
    { fixture: fixture.url, everything: everything.url, 'everything-sse': everythingSse.url },
    { database: test },
  );
});
afterAll(async () => {
  await site.stop();
  await Promise.all([fixture.stop(), everything.stop(), everythingSse.stop()]);
  await test.close();
});

async function failures(run: Promise<readonly ScenarioRun[]>, revision: Revision): Promise<string[]> {
  const [runs, required] = await Promise.all([run, requiredScenarios(revision, 'server')]);
  return [...required, ...extensionScenarios(revision)].flatMap((scenario) =>
    problemsOf(runs.find((each) => each.scenario === scenario)?.checks ?? [], scenario),
  );
}

describe('the conformance suite', () => {
  it.each(REVISIONS)(
    'finds all that %s and its extensions require of a server behind Countersign',
    async (revision) => {
      expect(await failures(runServerSetThrough(site, 'fixture', revision), revision)).toEqual([]);
    },
  );

  it('finds our authorization server in order', async () => {
    const modes = await runAuthorization(site, 'fixture');
    expect(modes.map(({ scenario, problems }) => [scenario, problems])).toEqual([
      ['authorization-code-grant', []],
      ['authorization-server-metadata-endpoint', []],
    ]);
  });

  it('would be refused without the token that the shim adds', async () => {
    const { status } = await send(site.resource('fixture'), { jsonrpc: '2.0', id: 1, method: 'ping' });
    expect(status).toBe(401);
  });
});

describe.each(['everything', 'everything-sse'])('the reference server as %s', (server) => {
  const agents: readonly [string, (url: string, token: string) => Promise<Agent>, string][] = [
    ['SDK 1.x', connectLegacy, '2025-11-25'],
    ['SDK 2.x that finds out the revision', (url, token) => connectModern(url, token, 'auto'), '2026-07-28'],
    ['SDK 2.x pinned to the newest', (url, token) => connectModern(url, token, 'pinned'), '2026-07-28'],
  ];

  it.each(agents)('answers and asks the client of %s', async (_, connect, revision) => {
    const agent = await connect(site.resource(server), await site.token(server));
    expect(agent.protocolVersion).toBe(revision);
    expect((await agent.tools()).map(({ name }) => name)).toContain('echo');
    const said = await agent.call('echo', { message: 'hello' });
    expect(said.content).toEqual([{ type: 'text', text: 'Echo: hello' }]);
    const [prompt] = await agent.prompts();
    expect(await agent.prompt(prompt?.name ?? '')).toHaveProperty('messages');
    const [resource] = await agent.resources();
    expect(await agent.read(resource?.uri ?? '')).toMatchObject({ contents: [{ uri: resource?.uri }] });
    const asked = await agent.call('trigger-elicitation-request');
    expect(asked.content[0]?.text).toContain('provided the requested information');
    await agent.close();
  });
});

describe('the MCP Inspector', () => {
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'countersign-inspector-'));
  });
  afterAll(async () => {
    await rm(home, { recursive: true, force: true });
  });

  it.each(['legacy', 'modern'])('calls a tool with a token in a header, era %s', async (era) => {
    const { code, stdout, stderr } = await inspect(home, [
      ...['--server-url', site.resource('everything'), '--transport', 'http', '--protocol-era', era],
      ...['--header', `Authorization: Bearer ${await site.token('everything')}`],
      ...['--method', 'tools/call', '--tool-name', 'echo', '--tool-arg', 'message=hello', '--format', 'json'],
    ]);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('Echo: hello');
  });
});
