import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTelemetry, type Telemetry, type TracedCall, type Tracing } from '#lib/telemetry';
import { startOtlpReceiver, type OtlpReceiver } from '../../e2e/fixtures/otlp-receiver.ts';
import { SPANS_WAITING_MAX } from './constants.ts';

const STARTED = Date.parse('2026-11-27T06:00:00Z');
const CALL: TracedCall = {
  method: 'tools/call',
  tool: 'post_entry',
  tenant: 'acme',
  server: 'ledger',
  startedAt: STARTED,
};
const CALLER = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

let receiver: OtlpReceiver;
beforeEach(async () => {
  receiver = await startOtlpReceiver();
});
afterEach(() => receiver.stop());

async function start(ratio = 1): Promise<Telemetry & { readonly tracing: Tracing }> {
  const tracing = { endpoint: receiver.endpoint, ratio, headers: { 'x-collector': 'its password' } };
  const telemetry = await startTelemetry({ logLevel: 'silent', tracing });
  if (telemetry.tracing === undefined) throw new Error('no traces');
  return { ...telemetry, tracing: telemetry.tracing };
}

describe('traces', () => {
  it('are not there without a receiver', async () => {
    expect(await startTelemetry({ logLevel: 'silent' })).not.toHaveProperty('tracing');
  });

  it('reach the receiver with the times, the names and the headers that belong to them', async () => {
    const { tracing } = await start();
    tracing.begin(CALL)?.end({ at: STARTED + 42, receipt: 'the-receipt' });
    await tracing.close();
    expect(receiver.spans).toHaveLength(1);
    expect(receiver.spans[0]).toMatchObject({
      name: 'tools/call post_entry',
      kind: 2,
      startMs: STARTED,
      endMs: STARTED + 42,
      parentSpanId: '',
      status: 0,
      attributes: {
        'mcp.method.name': 'tools/call',
        'gen_ai.tool.name': 'post_entry',
        'gen_ai.operation.name': 'execute_tool',
        'countersign.tenant': 'acme',
        'countersign.server': 'ledger',
        'countersign.receipt.id': 'the-receipt',
      },
      resource: { 'service.name': 'countersign' },
    });
    expect(receiver.headers[0]).toMatchObject({ 'x-collector': 'its password' });
  });

  it('have no ambient parent: each call is a trace of its own unless its caller names one', async () => {
    const { tracing } = await start();
    const first = tracing.begin(CALL);
    tracing.begin(CALL)?.end({ at: STARTED + 1 });
    first?.end({ at: STARTED + 2 });
    await tracing.close();
    expect(new Set(receiver.spans.map(({ traceId }) => traceId)).size).toBe(2);
    expect(receiver.spans.every(({ parentSpanId }) => parentSpanId === '')).toBe(true);
  });

  it('are made as the caller decided, and by the ratio where nobody did', async () => {
    const { tracing } = await start(0);
    expect(tracing.begin(CALL)).toBeUndefined();
    expect(tracing.begin({ ...CALL, caller: { ...CALLER, sampled: true } })?.traceId).toBe(CALLER.traceId);
    const always = (await start(1)).tracing;
    expect(always.begin({ ...CALL, caller: { ...CALLER, sampled: false } })).toBeUndefined();
    await Promise.all([tracing.close(), always.close()]);
  });

  it('are made of so many calls a second of a tenant whose callers all say so, and of others all the same', async () => {
    const { tracing } = await start(0);
    const begin = (tenant: string, count: number) => {
      const caller = { ...CALLER, sampled: true };
      const begun = Array.from({ length: count }, () => tracing.begin({ ...CALL, tenant, caller }));
      return begun.filter((call) => call !== undefined).length;
    };
    expect(begin('flood', 1_000)).toBeLessThan(100);
    expect(begin('other', 1)).toBe(1);
    await tracing.close();
  });

  it('name host and port of a server, and never the path of its address', async () => {
    const { tracing } = await start();
    const trace = tracing.begin(CALL);
    trace?.forward({ at: STARTED + 1, url: 'https://tools.example:8443/secret-path/mcp?key=canary' });
    trace?.end({ at: STARTED + 2 });
    await tracing.close();
    expect(receiver.spans.find(({ kind }) => kind === 3)?.attributes).toMatchObject({
      'server.address': 'tools.example',
      'server.port': 8443,
      'network.transport': 'tcp',
    });
    expect(receiver.bytes().toString('latin1')).not.toMatch(/secret-path|canary/);
  });

  it('say of a server that is a program that it was spoken to through a pipe', async () => {
    const { tracing } = await start();
    const trace = tracing.begin(CALL);
    trace?.forward({ at: STARTED + 1, url: 'stdio:notes' });
    trace?.end({ at: STARTED + 2 });
    await tracing.close();
    const attributes = receiver.spans.find(({ kind }) => kind === 3)?.attributes;
    expect(attributes).toMatchObject({ 'network.transport': 'pipe', 'countersign.server': 'ledger' });
    expect(attributes).not.toHaveProperty('server.address');
  });

  it('that a receiver refuses are dropped and counted', async () => {
    const { tracing, metrics } = await start();
    receiver.answer(400);
    tracing.begin(CALL)?.end({ at: STARTED });
    await tracing.close();
    expect((await metrics.render()).text).toContain('countersign_trace_spans_total{result="failed"} 1');
  });

  it('beyond what may wait are dropped and counted at once, and nobody waits for a receiver that hangs', async () => {
    const { tracing, metrics } = await start();
    receiver.answer('hang');
    for (let index = 0; index < SPANS_WAITING_MAX + 5; index += 1) {
      tracing.begin(CALL)?.end({ at: STARTED });
    }
    expect((await metrics.render()).text).toContain('countersign_trace_spans_total{result="dropped"} 5');
    const stopped = performance.now();
    await tracing.close();
    expect(performance.now() - stopped).toBeLessThan(5_000);
  });
});
