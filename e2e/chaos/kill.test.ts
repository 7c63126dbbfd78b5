import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../harness/index.ts';
import type { Organisation } from '../harness/start-organisation.ts';
import { compareJournals } from './compare-journals.ts';
import type { Journals } from './journal-types.ts';
import { killReplicas, ORPHANS_MS, startLoadedOrganisation } from './kill-replicas.ts';
import { type Replicas, startReplicas } from './start-replicas.ts';

let test: TestDatabase;
let replicas: Replicas;
let acme: Organisation;

beforeAll(async () => {
  test = await createTestDatabase();
  replicas = await startReplicas({ databases: [test, test] });
  acme = await startLoadedOrganisation(replicas);
});
afterAll(async () => {
  await replicas.stop();
  await acme.stop();
  await test.close();
});

describe('replicas that are killed at any moment', () => {
  it('leave three records that agree: of the agents, of the upstream, and of the log', async () => {
    const report = await killReplicas(replicas, acme, { kills: 5, forMs: 10_000, agents: 12 });
    expect(report).toMatchObject({ disagreements: [] });
    expect(report.orphansClosedMs).toBeLessThan(ORPHANS_MS);
    expect(report.answered).toBeGreaterThan(100);
    expect(report.verified).toBeGreaterThan(50);
  }, 240_000);

  it('leave a log of which nothing is missing, as the command says that an auditor runs', async () => {
    const audited = await replicas.instance.countersign(['audit', '--tenant', 'acme', '--json']);
    expect(audited.code).toBe(0);
    expect(JSON.parse(audited.stdout)).toMatchObject({
      complete: true,
      missing: [],
      waiversInForce: [{ server: 'ledger', tools: ['read_balance'] }],
      waivedCalls: [{ server: 'ledger', tool: 'read_balance' }],
      logs: [{ tree: 'matches' }],
    });
  });
});

describe('the comparison of the records', () => {
  const head = { id: 'log', size: 1, root: 'root' };
  const agreeing: Journals = {
    client: [
      { key: 'k1', kind: 'entry', told: { receipt: 'o1', head, as: 'result', result: '{}' } },
      { key: 'k2', kind: 'waived', told: { receipt: 'w2', head, as: 'result', result: '{}' } },
      { key: 'k3', kind: 'forbidden', told: { receipt: 'd3', head, as: 'denied' } },
      { key: 'k4', kind: 'entry', failure: 'socket hang up' },
    ],
    upstream: [
      { key: 'k1', attempt: 'a1', jti: 'a1' },
      { key: 'k2', attempt: 'w2', jti: 'w2' },
      { key: 'k4', attempt: 'a4', jti: 'a4' },
    ],
    log: [
      { index: 0, id: 'a1', kind: 'attempt', at: 1 },
      { index: 1, id: 'o1', kind: 'tool_call', attempt: 'a1', status: 'ok', at: 1 },
      { index: 2, id: 'w2', kind: 'tool_call', status: 'ok', at: 1 },
      { index: 3, id: 'd3', kind: 'tool_call', status: 'denied', at: 1 },
      { index: 4, id: 'a4', kind: 'attempt', at: 1 },
      { index: 5, id: 'u4', kind: 'tool_call', attempt: 'a4', status: 'unknown', at: 1 },
    ],
  };
  const [attempt, , , , , unknown] = agreeing.log;
  const without = (index: number) =>
    agreeing.log.filter((entry) => entry.index !== index).map((entry, at) => ({ ...entry, index: at }));

  it('finds nothing where they agree', () => {
    expect(compareJournals(agreeing)).toEqual([]);
  });

  it.each<[string, Partial<Journals>, RegExp]>([
    ['an attempt without an outcome', { log: without(5) }, /a4 has 0 outcomes/],
    [
      'an attempt with two outcomes',
      { log: [...agreeing.log, { ...unknown!, index: 6, id: 'again' }] },
      /a4 has 2 outcomes/,
    ],
    ['an arrival without an attempt', { log: without(4) }, /a4, which is not in the log/],
    ['an answer without its receipt', { log: without(1) }, /o1, which is not in the log/],
    ['an answer that was lost to the log', { log: without(2) }, /w2, which is not in the log/],
    [
      'an answer that the log tells otherwise',
      { log: agreeing.log.map((entry) => (entry.id === 'o1' ? { ...entry, status: 'failed' } : entry)) },
      /answered as result, and is failed/,
    ],
    [
      'an answer to what never arrived',
      { upstream: agreeing.upstream.slice(1) },
      /k1 was answered, and never/,
    ],
    [
      'a call that arrived twice',
      { upstream: [...agreeing.upstream, { key: 'k1', attempt: 'a9', jti: 'a9' }] },
      /k1 was sent once and arrived 2 times/,
    ],
    [
      'a forbidden call that arrived',
      { upstream: [...agreeing.upstream, { key: 'k3', attempt: 'd3', jti: 'd3' }] },
      /k3 arrived, and was forbidden/,
    ],
    [
      'a token that names another attempt',
      { upstream: [{ key: 'k1', attempt: 'a1', jti: 'a4' }, ...agreeing.upstream.slice(1)] },
      /the token of a4/,
    ],
    [
      'what nobody sent',
      { upstream: [...agreeing.upstream, { key: 'k9', attempt: 'a1', jti: 'a1' }] },
      /k9 arrived, and nobody sent it/,
    ],
    [
      'an id that stands twice',
      { log: [...agreeing.log, { ...attempt!, index: 6 }] },
      /stand in the log twice/,
    ],
  ])('finds %s', (_, planted, words) => {
    expect(compareJournals({ ...agreeing, ...planted }).join('\n')).toMatch(words);
  });
});
