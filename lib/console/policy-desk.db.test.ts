import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { systemClock, type JsonObject, type TenantSlug } from '#lib/core';
import type { TenantRecord } from '#lib/identity';
import { DEMO_SECRET_VARIABLES, renderDemoTenant } from '../../e2e/fixtures/render-demo-tenant.ts';
import { setUp } from '../manifest/testing/set-up.ts';
import { createPolicyDesk } from './policy-desk.ts';
import type { PolicyDesk } from './policy-desk-types.ts';
import { policyCases, policyQuestion } from '../../app/_api/policy-question.ts';

const demo = renderDemoTenant({
  issuer: 'http://127.0.0.1:9',
  everything: 'http://127.0.0.1:9/everything',
  ledger: 'http://127.0.0.1:9/ledger',
});
const fixtures = join(import.meta.dirname, '../../e2e/fixtures');
const casesText = readFileSync(join(fixtures, 'acme.policy-tests.yaml'), 'utf8');
const tool = (name: string, properties: JsonObject, required: readonly string[] = []): JsonObject => ({
  name,
  inputSchema: { type: 'object', properties, required, additionalProperties: false },
});
const string = { type: 'string' };
const LEDGER = [
  tool('read_balance', { account: string }, ['account']),
  tool(
    'post_entry',
    { account: string, amount: { type: 'integer' }, environment: { enum: ['dev', 'staging', 'prod'] } },
    ['account', 'environment'],
  ),
  tool('close_books', { month: string }, ['month']),
  tool('service_report', {}),
];

let world: Awaited<ReturnType<typeof setUp>>;
let tenant: TenantRecord;
let desk: PolicyDesk;

beforeAll(async () => {
  world = await setUp();
  world.listed.set('everything', [tool('echo', { message: string })]);
  world.listed.set('ledger', LEDGER);
  world.environment[DEMO_SECRET_VARIABLES.identityProvider] = 'idp-secret';
  world.environment[DEMO_SECRET_VARIABLES.nightlyReport] = 'n'.repeat(40);
  for (const text of [demo, demo.replace('Entries in prod are', 'Entries in production are')]) {
    const applied = await world.apply(text);
    if (!applied.ok) throw new Error(JSON.stringify(applied.error));
  }
  const found = await world.identity.tenants.bySlug('acme' as TenantSlug);
  if (found === undefined) throw new Error('there is no acme');
  tenant = found;
  desk = createPolicyDesk({ ...world, clock: systemClock });
});
afterAll(async () => await world.close());

const ENGINEER = {
  person: { groups: ['engineering'] },
  agent: { client_id: 'any', admission: 'open' },
  server: 'ledger',
  tool: 'post_entry',
};
async function ask(over: object, changes: Record<string, string | null> = {}) {
  return await desk.ask(tenant, policyQuestion.parse({ ...ENGINEER, ...over }), changes);
}

describe('the policy desk', () => {
  it('finds the demo tenant’s policies as its own file of cases expects them', async () => {
    const { cases } = policyCases.parse(parse(casesText));
    const results = await desk.runCases(tenant, cases);
    expect(results.filter(({ passed }) => !passed)).toEqual([]);
    expect(results).toHaveLength(8);
  });

  it.each([
    ['another effect', { effect: 'deny' }],
    ['another policy', { effect: 'allow', policies: ['close-books'] }],
    ['something hidden', { effect: 'allow', hidden: true }],
  ])('finds a case that expects %s', async (_, expected) => {
    const { cases } = policyCases.parse({ cases: [{ ...parse(casesText).cases[1], expect: expected }] });
    expect(await desk.runCases(tenant, cases)).toMatchObject([
      { passed: false, decision: { effect: 'allow' } },
    ]);
  });

  it('asks what a change would answer, and changes nothing by it', async () => {
    const args = { arguments: { account: 'a', environment: 'prod' } };
    const [now, then] = [await ask(args), await ask(args, { 'no-entries-in-prod': null })];
    expect([now, then].map((answer) => answer.ok && answer.value.decision.effect)).toEqual(['deny', 'allow']);
    expect((await desk.active(tenant)).policies.map(({ id }) => id)).toContain('no-entries-in-prod');
  });

  it('says of the set in force whether it was put in force here', async () => {
    expect(await desk.active(tenant)).toMatchObject({ isSaved: true });
    const db = world.database.tenantDb(tenant.id);
    const [kept] = await db.sql<{ seal: Buffer }>('select seal from policy_set where active', []);
    await db.sql('update policy_set set seal = null where active', []);
    expect(await desk.active(tenant)).toMatchObject({ isSaved: false });
    await db.sql('update policy_set set seal = $1 where active', [kept!.seal]);
    expect(await desk.active(tenant)).toMatchObject({ isSaved: true });
  });

  it.each([
    ['a text that is no policy', {}, { broken: 'permit (' }, ['policies.broken']],
    ['an id that means something to JavaScript', {}, { __proto__x: 'x' }, ['policies.__proto__x']],
    ['nobody', { person: { reference: 'nobody' } }, {}, ['person.reference']],
    ['no agent', { agent: { client_id: 'nobody' } }, {}, ['agent.client_id']],
    ['no server', { server: 'nothing' }, {}, ['server']],
    [
      'a number that would change',
      { arguments_json: '{"amount": 9007199254740993}' },
      {},
      ['arguments_json'],
    ],
    ['a key twice', { arguments_json: '{"a": 1, "a": 2}' }, {}, ['arguments_json']],
    ['no object', { arguments_json: '[]' }, {}, ['arguments_json']],
    ['endless nesting', { arguments_json: '['.repeat(100_000) }, {}, ['arguments_json']],
  ])('says in words what it can not ask: %s', async (_, over, changes, paths) => {
    const answer = await ask(over, changes as Record<string, string>);
    expect(answer.ok ? [] : answer.error.map(({ path }) => path)).toEqual(paths);
    if (!answer.ok) for (const { message } of answer.error) expect(message).not.toBe('');
  });

  it.each([
    ['an entity in disguise', { arguments: { note: { __entity: { type: 'User', id: 'x' } } } }, 'reserved'],
    [
      'a deep value',
      { arguments: JSON.parse(`{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`) as object },
      'nested',
    ],
    ['a value of the wrong type', { arguments: { account: 'a', environment: ['prod'] } }, 'environment'],
    ['an address that is none', { ip: 'not-an-address' }, 'not an IP address'],
    ['a tool that is not pinned', { tool: 'nothing' }, 'not pinned'],
  ])('answers as a call would be answered: %s', async (_, over, words) => {
    const answer = await ask(over);
    expect(answer).toMatchObject({ ok: true, value: { decision: { effect: 'deny' }, sides: [] } });
    expect(answer.ok && answer.value.decision.reasons.join()).toContain(words);
  });

  it('names who brought a version into force, and what it changed', async () => {
    const { versions } = await desk.versions(tenant);
    expect(versions.map(({ version, active }) => [version, active])).toEqual([
      [2, true],
      [1, false],
    ]);
    expect(versions[0]?.activations).toMatchObject([
      {
        author: { name: 'cli:test', mode: 'operator', erased: false },
        change: { changed: ['no-entries-in-prod'] },
      },
    ]);
  });

  it('compares any two versions, and a version with nothing', async () => {
    const compared = await desk.compare(tenant, 1, 2);
    expect(compared?.difference.map(({ policyId, change }) => [policyId, change])).toEqual([
      ['no-entries-in-prod', 'changed'],
    ]);
    expect(compared?.difference[0]?.lines.filter(({ kind }) => kind !== 'same')).toHaveLength(2);
    expect((await desk.compare(tenant, 0, 1))?.difference).toHaveLength(8);
    expect(await desk.compare(tenant, 1, 99)).toBeUndefined();
  });

  it('checks a draft against the servers, and shows what saving it would change', async () => {
    const wrong = 'permit (principal, action, resource == Tool::"ledger/post_entri");';
    const checked = await desk.check(tenant, { 'read-balances': null, draft: wrong });
    expect(checked.problems).toMatchObject([{ policyId: 'draft', line: 1, column: 46 }]);
    expect(checked.difference.map(({ policyId, change }) => [policyId, change])).toEqual([
      ['draft', 'added'],
      ['read-balances', 'removed'],
    ]);
  });

  it('gives the schema of a tool’s calls, of everything, and none of a tool that is not there', async () => {
    expect(await desk.schemaText(tenant, { server: 'ledger', tool: 'close_books' })).toContain('month: ');
    expect(await desk.schemaText(tenant)).toContain('environment?: ');
    expect(await desk.schemaText(tenant, { server: 'ledger', tool: 'nothing' })).toBeUndefined();
  });
});
