/** A small tenant for the tests of this module. */
import type { JsonObject, Principal } from '#lib/core';
import { createEngine } from '../create-engine.ts';
import type { EngineDeps } from '../decide-side.ts';
import { parsePolicies } from '../parse-policies.ts';
import type { PolicyEngine, PolicyRequest, PolicyServer, PolicyTexts, PolicyTool } from '../types.ts';

export function tool(name: string, properties: JsonObject, more: JsonObject = {}): PolicyTool {
  const inputSchema = { type: 'object', properties, ...more };
  return { name, definitionSha256: 'ab'.repeat(32), definition: { name, inputSchema }, inputSchema };
}

const tools = [
  tool('read_balance', { account: { type: 'string' } }, { required: ['account'] }),
  tool(
    'post_entry',
    {
      account: { type: 'string' },
      amount: { type: 'integer' },
      environment: { type: 'string', enum: ['dev', 'staging', 'prod'] },
      tags: { type: 'array', items: { type: 'string' } },
      note: {},
      dry_run: { type: 'boolean' },
    },
    { required: ['account', 'amount', 'environment'] },
  ),
  tool('service_report', {}, { additionalProperties: false }),
];

function definition(name: string, body: JsonObject = {}) {
  return { name, definitionSha256: 'cd'.repeat(32), definition: { name, ...body } };
}

export const ledger: PolicyServer = {
  id: 'ledger' as PolicyServer['id'],
  allowMethods: new Set(),
  tools: new Map(tools.map((entry) => [entry.name, entry])),
  prompts: new Map([['close', definition('close', { arguments: [{ name: 'month', required: true }] })]]),
  resources: new Map([['ledger://rules', definition('ledger://rules')]]),
  templates: new Map([['ledger://account/{id}', definition('ledger://account/{id}')]]),
};

export function principal(
  mode: 'user' | 'agent',
  groups: readonly string[] = [],
  client = 'inspector',
): Principal {
  const base = {
    tenant: 't' as Principal['tenant'],
    tenantSlug: 'acme' as Principal['tenantSlug'],
    agent: {
      clientId: client as Principal['agent']['clientId'],
      name: 'Inspector',
      admission: 'open' as const,
    },
    grant: 'g' as Principal['grant'],
    server: ledger.id,
    version: groups.join(','),
  };
  if (mode === 'agent') return { ...base, mode };
  const person = {
    id: 'p' as NonNullable<Principal['person']>['id'],
    reference: 'alice-reference' as NonNullable<Principal['person']>['reference'],
    issuer: 'https://idp.example',
    subject: 'alice',
    email: 'alice@acme.example',
    groups,
    roles: ['member' as const],
  };
  return { ...base, mode, person };
}

export const AGENTS_FOR_USERS =
  'permit (principal is Agent, action, resource) when { context.mode == "user" };';

/** An engine over these policies, with every compiled decision checked against Cedar; alarms are collected. */
export function engineOf(
  policies: PolicyTexts,
  deps: Partial<EngineDeps> = {},
): PolicyEngine & { readonly alarms: string[] } {
  const { parsed, problems } = parsePolicies(policies);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  const alarms: string[] = [];
  const engine = createEngine(
    { setSha256: 'ef'.repeat(32), version: 1, policies: parsed },
    {
      compilation: { enabled: true },
      crossCheckEvery: 1,
      alarm: (what, details) => alarms.push(`${what} ${JSON.stringify(details)}`),
      ...deps,
    },
  );
  return { ...engine, alarms };
}

/** A call of a tool by a user of these groups. */
export function call(name: string, args: JsonObject, over: Partial<PolicyRequest> = {}): PolicyRequest {
  const called = ledger.tools.get(name);
  return {
    principal: principal('user', ['engineering']),
    action: 'tools/call',
    server: ledger,
    ...(called === undefined ? {} : { tool: called }),
    arguments: args,
    time: Date.UTC(2026, 10, 20, 9),
    ...over,
  };
}
