/** A real server that nobody here wrote, driven by the official SDK's client, with Countersign in between. */
import {
  LoggingMessageNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEverythingServer, type EverythingFixture } from '../../e2e/fixtures/everything-server.ts';
import { openFrontDoor, type FrontDoor } from './testing/front-door.ts';
import { connect, RawSession, send, stampOf, type Connected } from './testing/mcp-client.ts';

let door: FrontDoor;
let everything: EverythingFixture;
let alice: Connected;
let url: string;
let token: string;

beforeAll(async () => {
  door = await openFrontDoor();
  everything = door.before(await startEverythingServer());
  await door.register({ everything: { url: everything.url, timeoutMs: 10_000 } });
  url = door.resource('everything');
  token = await door.userToken('everything', 'alice@acme.example');
  alice = await connect(url, token);
});

afterAll(async () => {
  await alice?.client.close();
  await door?.close();
});

describe('the everything server', () => {
  it('is listed as it lists itself', async () => {
    expect(alice.client.getServerVersion()?.name).toContain('everything');
    const { tools } = await alice.client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['echo', 'get-sum', 'get-structured-content']),
    );
    expect((await alice.client.listPrompts()).prompts.length).toBeGreaterThan(2);
    expect((await alice.client.listResources()).resources.length).toBeGreaterThan(2);
    expect((await alice.client.listResourceTemplates()).resourceTemplates.length).toBeGreaterThan(1);
  });

  it('learns what the client said it can do, and nothing else', async () => {
    const { tools } = await alice.client.listTools();
    const names = tools.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['trigger-sampling-request', 'get-roots-list']));
    expect(names).not.toContain('trigger-elicitation-request');
    expect(alice.client.getServerCapabilities()?.tasks).toHaveProperty('requests.tools.call');
  });

  it('answers calls, each with its receipt', async () => {
    const sum = await alice.client.callTool({ name: 'get-sum', arguments: { a: 2, b: 40 } });
    expect(JSON.stringify(sum.content)).toContain('42');
    const image = await alice.client.callTool({ name: 'get-tiny-image', arguments: {} });
    const { id } = stampOf({ result: image as never });
    const receipt = (await door.receipts((summary) => summary.id === id))[0];
    expect(receipt?.summary).toMatchObject({ kind: 'tool_call', status: 'ok', tool: 'get-tiny-image' });
  });

  it('reports progress inside a call', async () => {
    const seen: number[] = [];
    const request = { name: 'trigger-long-running-operation', arguments: { duration: 0.4, steps: 4 } };
    const result = await alice.client.callTool(request, undefined, {
      onprogress: ({ progress }) => seen.push(progress),
    });
    expect(JSON.stringify(result.content)).toContain('completed');
    expect(seen).toStrictEqual([1, 2, 3, 4]);
  });

  it('stops waiting for a call that the client cancels', async () => {
    const stop = new AbortController();
    const request = { name: 'trigger-long-running-operation', arguments: { duration: 60, steps: 600 } };
    const call = alice.client.callTool(request, undefined, {
      signal: stop.signal,
      onprogress: () => stop.abort('enough'),
    });
    await expect(call).rejects.toThrow();
    await expect
      .poll(async () => (await door.summaries()).some((summary) => summary.status === 'cancelled'), {
        timeout: 5_000,
      })
      .toBe(true);
  });

  it('has a tool whose calls become tasks', async () => {
    const { tasks } = alice.client.experimental;
    const call = { name: 'simulate-research-query', arguments: { topic: 'rain' } };
    const stream = tasks.callToolStream(call, undefined, { task: { ttl: 60_000 } });
    const { value: created } = await stream.next();
    if (created?.type !== 'taskCreated') throw new Error(JSON.stringify(created));
    const { taskId } = created.task;
    await stream.return();
    expect(await tasks.getTask(taskId)).toMatchObject({ taskId, status: 'working' });
    expect((await tasks.listTasks()).tasks).toMatchObject([{ taskId }]);
    expect(await tasks.cancelTask(taskId)).toMatchObject({ status: 'cancelled' });
  });

  it('has resources, prompts and completions', async () => {
    const { resources } = await alice.client.listResources();
    const read = await alice.client.readResource({ uri: resources[0]?.uri ?? '' });
    expect(read.contents).toHaveLength(1);
    const text = await alice.client.readResource({ uri: 'demo://resource/dynamic/text/1' });
    expect(text.contents).toHaveLength(1);
    expect(
      (await alice.client.getPrompt({ name: 'args-prompt', arguments: { city: 'Bern' } })).messages.length,
    ).toBe(1);
    const completed = await alice.client.complete({
      ref: { type: 'ref/prompt', name: 'completable-prompt' },
      argument: { name: 'department', value: 'E' },
    });
    expect(completed.completion.values).toContain('Engineering');
    const kinds = new Set((await door.summaries()).map((summary) => summary.kind));
    expect([...kinds]).toEqual(expect.arrayContaining(['resource_read', 'prompt_get', 'completion']));
  });

  it('speaks on the session’s own stream: logs and updates of what was subscribed to', async () => {
    const logged: unknown[] = [];
    const updated: string[] = [];
    alice.client.setNotificationHandler(
      LoggingMessageNotificationSchema,
      ({ params }) => void logged.push(params.data),
    );
    alice.client.setNotificationHandler(
      ResourceUpdatedNotificationSchema,
      ({ params }) => void updated.push(params.uri),
    );
    await alice.client.setLoggingLevel('debug');
    const uri = 'demo://resource/dynamic/text/1';
    await alice.client.subscribeResource({ uri });
    await alice.client.callTool({ name: 'toggle-subscriber-updates', arguments: {} });
    await expect.poll(() => updated, { timeout: 10_000 }).toContain(uri);
    await alice.client.unsubscribeResource({ uri });
    await alice.client.callTool({ name: 'toggle-subscriber-updates', arguments: {} });
    expect(logged.length).toBeGreaterThan(0);
  });

  it('may have a stream per session, a few of them, and none without saying so', async () => {
    const session = await RawSession.open(url, token);
    expect((await send(url, '', { ...session.headers, accept: 'application/json' }, 'GET')).status).toBe(406);
    const stream = await fetch(url, { headers: { ...session.headers, accept: 'text/event-stream' } });
    expect(stream.status).toBe(200);
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    expect((await send(url, '', session.headers, 'DELETE')).status).toBe(204);
    await stream.text();
  });

  it('is called by many at once, and nothing is mixed up', async () => {
    const sessions = await Promise.all(Array.from({ length: 4 }, () => RawSession.open(url, token)));
    const sums = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const answer = await sessions[index % 4]?.call('get-sum', { a: index, b: 1 });
        return answer?.body.result?.content?.[0]?.text.includes(` ${index + 1}.`);
      }),
    );
    expect(sums.every((right) => right === true)).toBe(true);
  });

  it('leaves receipts that an auditor verifies, bodies included', async () => {
    const ids = (await door.summaries()).map((summary) => summary.id);
    const verdict = await door.verify(ids.slice(-40));
    expect(verdict.checks.filter(({ passed }) => passed === 'no')).toStrictEqual([]);
    expect(verdict.verdict).toBe('VALID');
  });
});
