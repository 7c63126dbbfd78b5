/** The demo tenant's policies, against definitions as its servers list them: who may do what there. */
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { JsonObject } from '#lib/core';
import { renderDemoTenant } from '../../e2e/fixtures/render-demo-tenant.ts';
import { engineOf, ledger, principal, tool } from './testing/acme.ts';
import type { PolicyRequest, PolicyServer } from './types.ts';
import { validatePolicies } from './validate-policies.ts';

const text = renderDemoTenant({ issuer: 'http://i', everything: 'http://e/mcp', ledger: 'http://l/mcp' });
const { policies } = parse(text) as { policies: Record<string, string> };
const string = { type: 'string' };
const closed = (...required: string[]): JsonObject => ({
  additionalProperties: false,
  required,
  $schema: 'http://json-schema.org/draft-07/schema#',
});
const nothing = { prompts: new Map(), resources: new Map(), templates: new Map() };
const named = (tools: ReturnType<typeof tool>[]) => new Map(tools.map((entry) => [entry.name, entry]));
const demoLedger: PolicyServer = {
  ...ledger,
  ...nothing,
  tools: named([
    tool('read_balance', { account: string }, closed('account')),
    tool(
      'post_entry',
      {
        account: string,
        amount: { type: 'integer' },
        environment: { type: 'string', enum: ['dev', 'staging', 'prod'] },
      },
      closed('account', 'amount', 'environment'),
    ),
    tool('close_books', { month: { type: 'string', pattern: '^\\d{4}-\\d{2}$' } }, closed('month')),
    tool('service_report', {}),
  ]),
};
const everything: PolicyServer = {
  ...ledger,
  ...nothing,
  id: 'everything' as PolicyServer['id'],
  tools: named([tool('echo', { message: string }, closed('message'))]),
};

const ENTRY = { account: 'a', amount: 1 };
const engine = engineOf(policies);
const alice = principal('user', ['engineering']);
const bob = principal('user', ['support']);
const carla = principal('user', ['controllers']);
const nightly = principal('agent', [], 'nightly-report');
const other = principal('agent', [], 'other');

function decide(who: PolicyRequest['principal'], server: PolicyServer, name: string, args: JsonObject) {
  const called = server.tools.get(name);
  const request = { principal: who, server, arguments: args, time: 0, action: 'tools/call' };
  return engine.decide({ ...request, ...(called === undefined ? {} : { tool: called }) });
}

describe('the demo tenant', () => {
  it('has policies that its servers bear out', async () => {
    expect(await validatePolicies(policies, [demoLedger, everything])).toEqual([]);
  });

  it.each([
    ['Alice reads a balance', alice, demoLedger, 'read_balance', { account: 'a' }, 'allow', false],
    ['Alice posts in dev', alice, demoLedger, 'post_entry', { ...ENTRY, environment: 'dev' }, 'allow', false],
    [
      'Alice posts in prod',
      alice,
      demoLedger,
      'post_entry',
      { ...ENTRY, environment: 'prod' },
      'deny',
      false,
    ],
    [
      'Alice posts in ["prod"]',
      alice,
      demoLedger,
      'post_entry',
      { ...ENTRY, environment: ['prod'] },
      'deny',
      false,
    ],
    ['Alice closes the books', alice, demoLedger, 'close_books', { month: '2026-11' }, 'deny', true],
    ['Alice reports', alice, demoLedger, 'service_report', {}, 'deny', true],
    ['Alice echoes', alice, everything, 'echo', { message: 'x' }, 'allow', false],
    ['Bob reads a balance', bob, demoLedger, 'read_balance', { account: 'a' }, 'allow', false],
    ['Bob posts', bob, demoLedger, 'post_entry', { ...ENTRY, environment: 'dev' }, 'deny', true],
    ['Bob echoes', bob, everything, 'echo', { message: 'x' }, 'deny', true],
    ['Carla closes the books', carla, demoLedger, 'close_books', { month: '2026-11' }, 'allow', false],
    ['the nightly agent reports', nightly, demoLedger, 'service_report', {}, 'allow', false],
    [
      'the nightly agent reads a balance',
      nightly,
      demoLedger,
      'read_balance',
      { account: 'a' },
      'deny',
      true,
    ],
    ['another agent reports', other, demoLedger, 'service_report', {}, 'deny', true],
  ])('%s', (_, who, server, name, args, effect, hidden) => {
    expect(decide(who, server, name, args as JsonObject)).toMatchObject({ effect, hidden });
    expect(engine.alarms).toEqual([]);
  });

  it('says why not, in words', () => {
    expect(decide(alice, demoLedger, 'post_entry', { ...ENTRY, environment: 'prod' }).reasons).toEqual([
      'Entries in prod are posted by the release train, never by a person or their agent.',
    ]);
    expect(decide(nightly, demoLedger, 'read_balance', { account: 'a' }).reasons).toEqual([
      'Balances are read for a person; an agent by itself may not.',
    ]);
  });
});
