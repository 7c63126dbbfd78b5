/** Traces of calls, through the front door, as a collector gets them. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '#lib/core';
import { startTelemetry, type Telemetry, type Tracing } from '#lib/telemetry';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from '../../e2e/fixtures/otlp-receiver.ts';
import { openFrontDoor, type FrontDoor } from './testing/front-door.ts';
import { RawSession, send, stampOf } from './testing/mcp-client.ts';
import { answerWith, startScriptedUpstream, type ScriptedUpstream } from './testing/scripted-upstream.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const SAMPLED = `00-${TRACE}-${SPAN}-01`;
const NOT_SAMPLED = `00-${TRACE}-${SPAN}-00`;
const POLICIES = {
  all: 'permit (principal, action, resource);',
  small:
    '@reason("Not that much.") forbid (principal, action == Action::"tools/call", resource) when { context.arguments has n && context.arguments.n > 100 };',
};

let door: FrontDoor;
let upstream: ScriptedUpstream;
let receiver: OtlpReceiver;
let session: RawSession;
let tracing: Tracing | undefined;
let metrics: () => Promise<string>;

beforeAll(async () => {
  const telemetry = await startTelemetry({ logLevel: 'silent' });
  metrics = async () => (await telemetry.metrics.render()).text;
  const traced: Telemetry = {
    ...telemetry,
    get tracing() {
      return tracing as Tracing;
    },
  };
  upstream = await startScriptedUpstream();
  door = await openFrontDoor({ policies: POLICIES, telemetry: traced });
  await door.register({ act: { url: upstream.url } });
  session = await door.openFor('alice@acme.example', 'act');
}, 120_000);

beforeEach(async () => {
  receiver = await startOtlpReceiver();
  tracing = await tracingTo(receiver);
});

afterAll(async () => {
  await upstream?.stop();
  await door?.close();
});

async function tracingTo({ endpoint }: OtlpReceiver): Promise<Tracing | undefined> {
  const config = { endpoint, ratio: 1, headers: {} };
  return (await startTelemetry({ logLevel: 'silent', tracing: config })).tracing;
}

/** Everything that this test's calls left behind. */
async function exported(): Promise<readonly ReceivedSpan[]> {
  await tracing?.close();
  await receiver.stop();
  return receiver.spans;
}

const SERVER = 2;
const CLIENT = 3;

function only(spans: readonly ReceivedSpan[], kind: number): ReceivedSpan {
  const found = spans.filter((span) => span.kind === kind);
  if (found[0] === undefined || found.length > 1) throw new Error(`${found.length} spans of kind ${kind}`);
  return found[0];
}

/** `_meta` of the last request of a method that reached the upstream. */
function arrivedMeta(method = 'tools/call'): JsonObject {
  const last = upstream.received.findLast(({ message }) => message.method === method);
  return last?.message.params?.['_meta'] as JsonObject;
}

describe('a call that is traced', () => {
  it('has a span under its caller’s, the upstream’s below it, and hands that on as the parent', async () => {
    await session.call('act', { n: 1 }, { traceparent: SAMPLED, tracestate: 'vendor=opaque', other: 'kept' });
    const spans = await exported();
    const [server, client] = [only(spans, SERVER), only(spans, CLIENT)];
    expect(server).toMatchObject({ traceId: TRACE, parentSpanId: SPAN, name: 'tools/call act', status: 0 });
    expect(client).toMatchObject({ traceId: TRACE, parentSpanId: server.spanId, name: 'tools/call act' });
    expect(arrivedMeta()).toMatchObject({
      traceparent: `00-${TRACE}-${client.spanId}-01`,
      tracestate: 'vendor=opaque',
      other: 'kept',
    });
  });

  it('carries the names of the MCP conventions, its decision, and the receipts that prove it', async () => {
    const answer = await session.call('act', { n: 2 });
    const spans = await exported();
    const receipt = await door.receipt(stampOf(answer.body).id);
    const { port } = new URL(upstream.url);
    expect(only(spans, SERVER).attributes).toMatchObject({
      'mcp.method.name': 'tools/call',
      'mcp.protocol.version': '2025-11-25',
      'gen_ai.tool.name': 'act',
      'gen_ai.operation.name': 'execute_tool',
      'jsonrpc.request.id': expect.stringMatching(/^\d+$/) as string,
      'countersign.tenant': 'acme',
      'countersign.server': 'act',
      'countersign.decision': 'allow',
      'countersign.policy.set': expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      'countersign.receipt.id': receipt?.summary.id,
      'countersign.attempt.id': arrivedMeta()['dev.countersign/attempt'],
    });
    expect(only(spans, CLIENT).attributes).toMatchObject({
      'server.address': '127.0.0.1',
      'server.port': Number(port),
      'network.transport': 'tcp',
    });
  });

  it('that is denied ends here: one span, with the reason’s kind and the receipt of the denial', async () => {
    const answer = await session.call('act', { n: 101 });
    const spans = await exported();
    expect(spans).toHaveLength(1);
    expect(spans[0]).toMatchObject({ kind: SERVER, status: 2 });
    expect(spans[0]?.attributes).toMatchObject({
      'error.type': 'denied',
      'countersign.decision': 'deny',
      'countersign.receipt.id': stampOf(answer.body).id,
    });
  });

  it('whose upstream answers with an error says so on both sides', async () => {
    upstream.on('tools/call', answerWith('{"content":[],"isError":true}'));
    await session.call('act', { n: 3 });
    upstream.on('tools/call', answerWith('{"content":[]}'));
    const spans = await exported();
    for (const kind of [SERVER, CLIENT]) {
      expect(only(spans, kind)).toMatchObject({ status: 2, attributes: { 'error.type': 'tool_error' } });
    }
  });

  it('takes the trace of the HTTP request as second choice, and as a link where the message names another', async () => {
    const around = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const message = (meta: object) => ({
      jsonrpc: '2.0',
      id: 40,
      method: 'tools/call',
      params: { name: 'act', arguments: {}, _meta: meta },
    });
    await send(session.url, message({}), { ...session.headers, traceparent: around });
    await send(session.url, message({ traceparent: SAMPLED }), { ...session.headers, traceparent: around });
    const [bySecond, byFirst] = (await exported()).filter(({ kind }) => kind === SERVER);
    expect(bySecond).toMatchObject({ traceId: 'a'.repeat(32), parentSpanId: 'b'.repeat(16), links: [] });
    expect(byFirst).toMatchObject({
      traceId: TRACE,
      links: [{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }],
    });
  });

  it.each([
    ['no W3C form', 'garbage'],
    ['of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a number', 7],
  ])(
    'is a trace of its own where the caller’s is %s, and nothing of that goes on',
    async (_, traceparent) => {
      await session.call('act', { n: 4 }, { traceparent, tracestate: 'vendor=opaque' });
      const server = only(await exported(), SERVER);
      expect(server).toMatchObject({ parentSpanId: '', traceState: '' });
      expect(arrivedMeta()['traceparent']).toContain(server.traceId);
      expect(arrivedMeta()).not.toHaveProperty('tracestate');
    },
  );

  it('leaves nothing of its arguments, its result, its token or its person with the collector', async () => {
    upstream.on('tools/call', answerWith('{"content":[{"type":"text","text":"canary-result"}]}'));
    const meta = { traceparent: SAMPLED, baggage: 'user=canary-baggage' };
    await session.call('act', { n: 5, note: 'canary-argument' }, meta);
    expect(arrivedMeta()).toMatchObject({ baggage: meta.baggage });
    await session.call('canary-name-of-no-tool', {}, meta);
    await session.call('act', { n: 101, note: 'canary-argument' }, meta);
    await session.request('resources/read', { uri: 'file:///canary-uri' });
    await session.request('tools/call', { name: 'act', arguments: {} }, 'canary-request-id');
    upstream.on('tools/call', answerWith('{"content":[]}'));
    expect((await exported()).length).toBeGreaterThanOrEqual(7);
    const bytes = receiver.bytes().toString('latin1');
    const token = session.headers['authorization']?.slice('Bearer '.length) ?? '';
    const id = session.headers['mcp-session-id'] ?? '';
    for (const secret of ['canary', 'alice', 'acme.example', '192.0.2.7', 'eyJ', token, id]) {
      expect(secret.length).toBeGreaterThan(2);
      expect(bytes).not.toContain(secret);
    }
  });

  it('is answered while its collector hangs', async () => {
    receiver.answer('hang');
    const calls = Array.from({ length: 50 }, (_, index) => session.call('act', { n: index }));
    for (const answer of await Promise.all(calls)) expect(answer.body.result?.isError).toBeUndefined();
    await exported();
  });
});

describe('a listing', () => {
  it('is traced like a call, under its caller’s trace and as the parent of what the upstream does', async () => {
    await session.request('tools/list', { _meta: { traceparent: SAMPLED, tracestate: 'vendor=opaque' } });
    const spans = await exported();
    const [server, client] = [only(spans, SERVER), only(spans, CLIENT)];
    expect(server).toMatchObject({ traceId: TRACE, parentSpanId: SPAN, name: 'tools/list', status: 0 });
    expect(client).toMatchObject({ traceId: TRACE, parentSpanId: server.spanId });
    expect(arrivedMeta('tools/list')).toEqual({
      traceparent: `00-${TRACE}-${client.spanId}-01`,
      tracestate: 'vendor=opaque',
    });
  });

  it('that the upstream can not give is an error in its trace and in the metrics', async () => {
    upstream.on('prompts/list', (_received, response) => void response.writeHead(500).end());
    await session.request('prompts/list');
    expect(only(await exported(), SERVER)).toMatchObject({
      status: 2,
      attributes: { 'error.type': 'failed' },
    });
    expect((await metrics()).split('\n')).toContainEqual(
      expect.stringMatching(
        /^mcp_server_operation_duration_seconds_count\{mcp_method_name="prompts\/list".*error_type="failed".* 1$/,
      ),
    );
  });

  it('has nobody’s trace where nobody has one and none is made here', async () => {
    await exported();
    tracing = undefined;
    await session.request('tools/list');
    expect(upstream.received.at(-1)?.message.params).toBeUndefined();
  });
});

describe('a call that is not traced', () => {
  it('because its caller decided so leaves no span, and the caller’s context goes on as it came', async () => {
    await session.call('act', { n: 6 }, { traceparent: NOT_SAMPLED, tracestate: 'vendor=opaque' });
    expect(await exported()).toEqual([]);
    expect(arrivedMeta()).toMatchObject({ traceparent: NOT_SAMPLED, tracestate: 'vendor=opaque' });
  });

  it('because nobody collects traces passes the context on, of the message or else of the HTTP request', async () => {
    await exported();
    tracing = undefined;
    await session.call('act', { n: 7 }, { traceparent: SAMPLED });
    expect(arrivedMeta()).toMatchObject({ traceparent: SAMPLED });
    const message = { jsonrpc: '2.0', id: 50, method: 'tools/call', params: { name: 'act', arguments: {} } };
    await send(session.url, message, { ...session.headers, traceparent: SAMPLED, tracestate: 'vendor=1' });
    expect(arrivedMeta()).toMatchObject({ traceparent: SAMPLED, tracestate: 'vendor=1' });
    await send(session.url, { ...message, id: 51 }, { ...session.headers, traceparent: 'garbage' });
    expect(arrivedMeta()).not.toHaveProperty('traceparent');
  });
});
