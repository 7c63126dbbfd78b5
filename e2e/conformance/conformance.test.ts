/** The official conformance suite, and clients and servers of others, through a whole instance with every control on. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send } from '../../lib/gateway/testing/mcp-client.ts';
import { type ConformanceServer, startConformanceServer } from '../fixtures/conformance-server.ts';
import { type EverythingFixture, startEverythingServer } from '../fixtures/everything-server.ts';
import { createTestDatabase, type TestDatabase } from '../harness/index.ts';
import { type Agent, connectLegacy } from './agents.ts';
import { inspect } from './inspector.ts';
import { problemsOf } from './compare.ts';
import { runAuthorization, runServerSet } from './run-modes.ts';
import { type Site, startSite } from './site.ts';
import { requiredScenarios, REVISIONS, type Revision, type ScenarioRun } from './suite.ts';

let test: TestDatabase;
let fixture: ConformanceServer;
let everything: EverythingFixture;
let site: Site;

beforeAll(async () => {
  [test, fixture, everything] = await Promise.all([
    createTestDatabase(),
    startConformanceServer(),
    startEverythingServer(),
  ]);
  site = await startSite({ fixture: fixture.url, everything: everything.url }, { database: test });
});
afterAll(async () => {
  await site.stop();
  await Promise.all([fixture.stop(), everything.stop()]);
  await test.close();
});

async function failures(run: Promise<readonly ScenarioRun[]>, revision: Revision): Promise<string[]> {
  const [runs, required] = await Promise.all([run, requiredScenarios(revision, 'server')]);
  return required.flatMap((scenario) =>
    problemsOf(runs.find((each) => each.scenario === scenario)?.checks ?? [], scenario),
  );
}

describe('the conformance suite', () => {
  it.each(REVISIONS)('finds all that %s requires at the fixture itself', async (revision) => {
    expect(await failures(runServerSet(fixture.url, revision), revision)).toEqual([]);
  });

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

describe('the reference server', () => {
  const agents: readonly [string, (url: string, token: string) => Promise<Agent>, string][] = [
    ['SDK 1.x', connectLegacy, '2025-11-25'],
  ];

  it.each(agents)('answers the client of %s', async (_, connect, revision) => {
    const agent = await connect(site.resource('everything'), await site.token('everything'));
    expect(agent.protocolVersion).toBe(revision);
    expect((await agent.tools()).map(({ name }) => name)).toContain('echo');
    expect(await agent.call('echo', { message: 'hello' })).toMatchObject({
      content: [{ type: 'text', text: 'Echo: hello' }],
    });
    expect((await agent.prompts()).length).toBeGreaterThan(0);
    const [resource] = await agent.resources();
    expect(await agent.read(resource?.uri ?? '')).toMatchObject({ contents: [{ uri: resource?.uri }] });
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

  it.each(['legacy'])('calls a tool with a token in a header, era %s', async (era) => {
    const { code, stdout, stderr } = await inspect(home, [
      ...['--server-url', site.resource('everything'), '--transport', 'http', '--protocol-era', era],
      ...['--header', `Authorization: Bearer ${await site.token('everything')}`],
      ...['--method', 'tools/call', '--tool-name', 'echo', '--tool-arg', 'message=hello', '--format', 'json'],
    ]);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('Echo: hello');
  });
});
