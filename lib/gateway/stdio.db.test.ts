/** Published servers on standard input and output, unmodified, driven by the official SDK's client through the front door. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateMessageRequestSchema,
  LoggingMessageNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFrontDoor, type FrontDoor } from './testing/front-door.ts';
import { connect, RawSession, send, stampOf, type Connected } from './testing/mcp-client.ts';
import {
  EVERYTHING_PROGRAM,
  FILESYSTEM_PROGRAM,
  hostileEntry,
  hostileProcesses,
  NO_CREDENTIAL,
  programEntry,
  programsFile,
} from './testing/programs.ts';
import { startScriptedUpstream } from './testing/scripted-upstream.ts';
import { StatelessClient } from './testing/stateless-client.ts';

let door: FrontDoor;
let alice: Connected;
let shared: string;
let journal: string;
let token: string;

beforeAll(async () => {
  shared = mkdtempSync('/var/tmp/countersign-shared-');
  writeFileSync(join(shared, 'hello.txt'), 'hello from a file');
  journal = join(shared, 'journal');
  const everything = programEntry('everything', [EVERYTHING_PROGRAM, 'stdio']);
  const files = programEntry('files', [FILESYSTEM_PROGRAM, shared], { write: [shared] });
  const brief = hostileEntry('brief', { idle_minutes: 0.02 });
  const polite = hostileEntry('polite', {
    processes_per_grant: 2,
    environment: { JOURNAL: journal },
    write: [shared],
  });
  door = await openFrontDoor({
    programs: programsFile([everything, files, polite, brief]),
  });
  await door.register({
    everything: { url: 'stdio:everything', timeoutMs: 10_000, ...NO_CREDENTIAL },
    files: { url: 'stdio:files', timeoutMs: 10_000, ...NO_CREDENTIAL },
    polite: { url: 'stdio:polite', timeoutMs: 25_000, ...NO_CREDENTIAL },
    brief: { url: 'stdio:brief', timeoutMs: 10_000, ...NO_CREDENTIAL },
  });
  token = await door.userToken('everything', 'alice@acme.example');
  alice = await connect(door.resource('everything'), token);
}, 120_000);

afterAll(async () => {
  await alice?.client.close();
  await door?.close();
  rmSync(shared, { recursive: true, force: true });
});

describe('the everything server, as a program', () => {
  it('is listed as it lists itself', async () => {
    expect(alice.client.getServerVersion()?.name).toContain('everything');
    const names = (await alice.client.listTools()).tools.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['echo', 'get-sum', 'get-structured-content']));
    expect((await alice.client.listPrompts()).prompts.length).toBeGreaterThan(2);
    expect((await alice.client.listResources()).resources.length).toBeGreaterThan(2);
  });

  it('answers calls, each with its receipt', async () => {
    const sum = await alice.client.callTool({ name: 'get-sum', arguments: { a: 2, b: 40 } });
    expect(JSON.stringify(sum.content)).toContain('42');
    const { id } = stampOf({ result: sum as never });
    const receipt = await door.receipt(id);
    expect(receipt?.summary).toMatchObject({ kind: 'tool_call', status: 'ok', tool: 'get-sum' });
  });

  it('reports progress inside the call that asked for it', async () => {
    const seen: number[] = [];
    const request = { name: 'trigger-long-running-operation', arguments: { duration: 0.4, steps: 4 } };
    const result = await alice.client.callTool(request, undefined, {
      onprogress: ({ progress }) => seen.push(progress),
    });
    expect(JSON.stringify(result.content)).toContain('completed');
    expect(seen).toStrictEqual([1, 2, 3, 4]);
  });

  it('has resources, prompts and completions', async () => {
    const read = await alice.client.readResource({ uri: 'demo://resource/dynamic/text/1' });
    expect(read.contents).toHaveLength(1);
    const prompt = await alice.client.getPrompt({ name: 'args-prompt', arguments: { city: 'Bern' } });
    expect(prompt.messages.length).toBe(1);
    const completed = await alice.client.complete({
      ref: { type: 'ref/prompt', name: 'completable-prompt' },
      argument: { name: 'department', value: 'E' },
    });
    expect(completed.completion.values).toContain('Engineering');
  });

  it('speaks on the session’s own stream', async () => {
    const logged: unknown[] = [];
    alice.client.setNotificationHandler(
      LoggingMessageNotificationSchema,
      ({ params }) => void logged.push(params.data),
    );
    await alice.client.setLoggingLevel('debug');
    await alice.client.callTool({ name: 'toggle-simulated-logging', arguments: {} });
    await expect.poll(() => logged.length, { timeout: 10_000 }).toBeGreaterThan(0);
    await alice.client.callTool({ name: 'toggle-simulated-logging', arguments: {} });
  });

  it('asks the client what policy lets it ask, inside the call that it is about', async () => {
    alice.client.setRequestHandler(CreateMessageRequestSchema, ({ params }) => ({
      role: 'assistant',
      model: 'test',
      content: { type: 'text', text: `asked for ${params.maxTokens} tokens` },
    }));
    const request = { name: 'trigger-sampling-request', arguments: { prompt: 'Why?', maxTokens: 17 } };
    const result = await alice.client.callTool(request);
    expect(JSON.stringify(result.content)).toContain('asked for 17 tokens');
    const sampled = (await door.receipts((summary) => summary.kind === 'sampling'))[0];
    expect(sampled?.summary).toMatchObject({ effect: 'allow' });
    expect(sampled?.summary.attempt).toBeDefined();
  });

  it('serves a client without sessions, too', async () => {
    const client = new StatelessClient(door.resource('everything'), token);
    const sums = await Promise.all([1, 2, 3].map(async (a) => await client.call('get-sum', { a, b: 1 })));
    const texts = sums.map(({ body }) => JSON.stringify(body.result));
    for (const [index, text] of texts.entries()) expect(text).toContain(` ${index + 2}.`);
  });

  it('is called by many at once, under equal ids, and nothing is mixed up', async () => {
    const url = door.resource('everything');
    const sessions = await Promise.all(Array.from({ length: 3 }, () => RawSession.open(url, token)));
    const sums = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const params = { name: 'get-sum', arguments: { a: index, b: 1 } };
        const answer = await sessions[index % 3]?.request('tools/call', params, Math.floor(index / 3) + 1);
        return answer?.body.result?.content?.[0]?.text.includes(` ${index + 1}.`);
      }),
    );
    expect(sums.every((right) => right === true)).toBe(true);
  });

  it('leaves receipts that an auditor verifies, bodies included', async () => {
    const ids = (await door.summaries()).map((summary) => summary.id);
    const verdict = await door.verify(ids.slice(-40));
    expect(verdict.verdict).toBe('VALID');
  });
});

describe('the filesystem server, as a program', () => {
  it('reads and writes what was opened to it, and nothing else', async () => {
    const url = door.resource('files');
    const { client } = await connect(url, await door.userToken('files', 'alice@acme.example'));
    const read = await client.callTool({
      name: 'read_text_file',
      arguments: { path: join(shared, 'hello.txt') },
    });
    expect(JSON.stringify(read.content)).toContain('hello from a file');
    const path = join(shared, 'made.txt');
    await client.callTool({ name: 'write_file', arguments: { path, content: 'made' } });
    const listed = await client.callTool({ name: 'list_directory', arguments: { path: shared } });
    expect(JSON.stringify(listed.content)).toContain('made.txt');
    const denied = await client.callTool({ name: 'read_text_file', arguments: { path: '/etc/shadow' } });
    expect(denied.isError).toBe(true);
    await client.close();
  });
});

describe('processes', () => {
  it('are counted, and so are their calls as calls through a pipe', async () => {
    const theirs = await door.userToken('everything', 'bob@acme.example');
    const before = door.gateway().activity().programs;
    const another = await connect(door.resource('everything'), theirs);
    expect(door.gateway().activity().programs).toBe(before + 1);
    await another.client.callTool({ name: 'echo', arguments: { message: 'counted' } });
    const { text } = await door.modules.telemetry.metrics.render();
    expect(text).toMatch(
      /^mcp_client_operation_duration_seconds_count\{.*gen_ai_tool_name="echo".*network_transport="pipe".*\} [1-9]/m,
    );
    await another.transport.terminateSession();
    await another.client.close();
    await expect.poll(() => door.gateway().activity().programs, { timeout: 10_000 }).toBe(before);
  });

  it('are never shared: two people have two, and so have two sessions of one', async () => {
    const url = door.resource('polite');
    const mine = await door.userToken('polite', 'alice@acme.example');
    const theirs = await door.userToken('polite', 'bob@acme.example');
    const before = hostileProcesses().length;
    const [first, second] = [await RawSession.open(url, mine), await RawSession.open(url, mine)];
    const other = await RawSession.open(url, theirs);
    expect(hostileProcesses()).toHaveLength(before + 3);
    expect((await send(url, '', first.headers, 'DELETE')).status).toBe(204);
    await expect.poll(() => hostileProcesses().length, { timeout: 10_000 }).toBe(before + 2);
    for (const session of [second, other]) {
      const answer = await session.call('echo', { say: 'still here' });
      expect(answer.body.result?.content?.[0]?.text).toBe('still here');
    }
  });

  it('are never shared, and none is given to a session of the server that was at this address before', async () => {
    const constant = await startScriptedUpstream();
    await door.register({ moved: { url: constant.url, ...NO_CREDENTIAL } });
    const url = door.resource('moved');
    const tokens = await Promise.all(
      ['alice', 'bob'].map((name) => door.userToken('moved', `${name}@acme.example`)),
    );
    const old = await Promise.all(tokens.map((token) => RawSession.open(url, token)));
    const before = hostileProcesses().length;
    await door.register({ moved: { url: 'stdio:polite', timeoutMs: 25_000, ...NO_CREDENTIAL } });
    await expect.poll(() => hostileProcesses().length, { timeout: 10_000 }).toBe(before);
    for (const session of old) expect((await session.call('echo', { say: 'old' })).status).toBe(404);
    for (const token of tokens) {
      const answer = await (await RawSession.open(url, token)).call('echo', { say: 'mine' });
      expect(answer.body.result?.content?.[0]?.text).toBe('mine');
    }
    expect(hostileProcesses()).toHaveLength(before + 2);
    await constant.stop();
  });

  it('end when nobody uses them for a while, and the session goes on with another', async () => {
    const before = hostileProcesses().length;
    const session = await door.open('brief');
    expect(hostileProcesses()).toHaveLength(before + 1);
    await expect.poll(() => hostileProcesses().length, { timeout: 15_000 }).toBe(before);
    const answer = await session.call('echo', { say: 'again' });
    expect(answer.body.result?.content?.[0]?.text).toBe('again');
  });

  it('are bounded for each grant, and the one that was unused for longest makes room', async () => {
    const url = door.resource('polite');
    const mine = await door.agentToken('polite');
    const sessions = [await RawSession.open(url, mine), await RawSession.open(url, mine)];
    sessions.push(await RawSession.open(url, mine));
    for (const session of sessions) {
      const answer = await session.call('echo', { say: 'here' });
      expect(answer.body.result?.content?.[0]?.text).toBe('here');
    }
    const busyOnes = sessions.slice(1);
    const waits = busyOnes.map((session) => session.call('wait', { key: 'a' }));
    await expect
      .poll(() => readFileSync(journal, 'utf8').match(/"name":"wait"/g), { timeout: 10_000 })
      .toHaveLength(2);
    const busy = await send(
      url,
      {
        jsonrpc: '2.0',
        id: 0,
        method: 'initialize',
        params: {
          protocolVersion: '2025-11-25',
          capabilities: {},
          clientInfo: { name: 'raw', version: '1' },
        },
      },
      { authorization: `Bearer ${mine}` },
    );
    expect(busy.status).toBe(503);
    expect(busy.headers.get('retry-after')).toBe('5');
    expect(busy.body.error?.message).toContain('each is busy');
    const discovered = await new StatelessClient(url, mine).request('server/discover');
    expect(discovered.status).toBe(503);
    expect(discovered.headers.get('retry-after')).toBe('5');
    await Promise.all(busyOnes.map((session) => session.call('release', { key: 'a' })));
    await Promise.all(waits);
  });

  it('all end with the gateway', async () => {
    await door.open('polite');
    expect(hostileProcesses().length).toBeGreaterThan(0);
    await door.restartGateway();
    expect(hostileProcesses()).toStrictEqual([]);
  });
});
