/** What a scraper finds at /metrics of a process that is running. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendHttp } from '../../e2e/harness/send-http.ts';
import { listen } from './listener.ts';
import { createTenant, createWorld, type World } from './testing/start-world.ts';
import type { Listening, Runtime } from './types.ts';

let world: World;
let runtime: Runtime;
let listening: Listening;

beforeAll(async () => {
  world = await createWorld();
  runtime = await world.start({ METRICS_PORT: '0', HOST: '127.0.0.1' });
  listening = await listen(runtime, {
    routes: [],
    next: (_request, response) => response.writeHead(404).end(),
  });
});
afterAll(async () => {
  await listening.close();
  await runtime.close();
  await world.close();
});

async function scrape(): Promise<string> {
  return (await sendHttp(`http://127.0.0.1:${listening.metricsPort}/metrics`)).text;
}

/** The value of one series; undefined where it is not there. */
async function valueOf(series: string): Promise<number | undefined> {
  const line = (await scrape()).split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

const send = async (path: string, headers: Readonly<Record<string, string>> = {}) =>
  await sendHttp(`http://127.0.0.1:${listening.port}${path}`, {
    method: 'POST',
    body: '{}',
    headers: { host: 'localhost:3000', ...headers },
  });

describe('the metrics of a process', () => {
  it('count what was turned away, by the reasons of the aggregate receipts', async () => {
    await createTenant(runtime, 'counted');
    await send('/t/counted/mcp/ledger');
    await send('/t/counted/mcp/ledger');
    await send('/t/counted/mcp/ledger', { authorization: 'Bearer not-a-token' });
    await send('/t/nobody/mcp/ledger');
    await send('/', { host: 'evil.example' });
    expect(await valueOf('countersign_refusals_total{reason="missing_token"}')).toBe(2);
    expect(await valueOf('countersign_refusals_total{reason="malformed_token"}')).toBe(1);
    expect(await valueOf('countersign_refusals_total{reason="unknown_tenant"}')).toBe(1);
    expect(await valueOf('countersign_refusals_total{reason="unknown_address"}')).toBe(1);
  });

  it('measure what is appended: receipts, batches, and how long a commit takes', async () => {
    const before = (await valueOf('countersign_receipts_total')) ?? 0;
    const tenant = await createTenant(runtime, 'appended');
    await runtime.receipts.flush(tenant.id);
    expect((await valueOf('countersign_receipts_total')) ?? 0).toBeGreaterThan(before);
    const commits = await valueOf('countersign_receipt_append_duration_seconds_count');
    expect(commits).toBeGreaterThanOrEqual(1);
    expect(await valueOf('countersign_receipt_batch_leaves_count')).toBe(commits);
    expect(await valueOf('countersign_receipt_append_duration_seconds_sum')).toBeGreaterThan(0);
  });

  it('say how the process stands at the moment of the look', async () => {
    expect(await valueOf('countersign_replica_fenced')).toBe(0);
    expect(await valueOf('countersign_receipt_queue_depth')).toBe(0);
    expect(await valueOf('countersign_calls_active')).toBe(0);
    expect(await valueOf('countersign_streams_active')).toBe(0);
    expect(await valueOf('countersign_sessions_cached')).toBe(0);
    expect(await valueOf('countersign_stdio_processes')).toBe(0);
    expect(await valueOf('countersign_revocation_confirm_age_seconds')).toBeLessThan(1);
    for (const pool of ['prisma', 'sql', 'control', 'sweeper']) {
      expect(await valueOf(`countersign_database_connections{pool="${pool}",state="waiting"}`)).toBe(0);
    }
  });

  it('name no tenant and no person', async () => {
    expect(await scrape()).not.toMatch(/counted|appended"|evil\.example/);
  });
});
