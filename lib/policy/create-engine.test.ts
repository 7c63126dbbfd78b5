import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import { describe, expect, it } from 'vitest';
import { canonicalJson, type JsonObject } from '#lib/core';
import { createCedarSlots } from './cedar-slots.ts';
import { createEngine } from './create-engine.ts';
import { AGENTS_FOR_USERS, call, engineOf, ledger, principal } from './testing/acme.ts';
import type { PolicyServer, PolicyTool } from './types.ts';

const POLICIES = {
  'agents-for-users': AGENTS_FOR_USERS,
  engineering: `permit (principal in Group::"engineering", action == Action::"tools/call",
    resource in [Tool::"ledger/read_balance", Tool::"ledger/post_entry"]);`.replace(
    'resource in [Tool::"ledger/read_balance", Tool::"ledger/post_entry"]',
    'resource in Server::"ledger"',
  ),
  'no-prod': `@reason("Entries in prod are made by the release train.")
    forbid (principal, action == Action::"tools/call", resource == Tool::"ledger/post_entry")
    when { context.arguments.environment == "prod" };`,
};
const ENTRY = { account: 'a', amount: 5, environment: 'dev' };

describe('a decision', () => {
  it('allows what a permit covers and names it', () => {
    const engine = engineOf(POLICIES);
    expect(engine.decide(call('post_entry', ENTRY))).toEqual({
      effect: 'allow',
      policies: ['engineering', 'agents-for-users'],
      reasons: [],
      obligations: [],
      shadow: [],
      errors: [],
      setSha256: 'ef'.repeat(32),
      hidden: false,
    });
    expect(engine.alarms).toEqual([]);
  });

  it('denies by a forbid, in the words of its @reason', () => {
    const decision = engineOf(POLICIES).decide(call('post_entry', { ...ENTRY, environment: 'prod' }));
    expect(decision).toMatchObject({
      effect: 'deny',
      policies: ['no-prod'],
      reasons: ['Entries in prod are made by the release train.'],
      hidden: false,
    });
  });

  it.each<[string, unknown]>([
    ['in a list', ['prod']],
    ['as an entity', { __entity: { type: 'String', id: 'prod' } }],
    ['as an extension value', { __extn: { fn: 'unknown', arg: 'prod' } }],
    ['in an object', { value: 'prod' }],
    ['with a lone surrogate', 'prod\uD800'],
  ])('denies the forbidden value %s too', (_, environment) => {
    const decision = engineOf(POLICIES).decide(call('post_entry', { ...ENTRY, environment } as JsonObject));
    expect(decision.effect).toBe('deny');
    expect(decision.argumentProblems?.length).toBeGreaterThan(0);
    expect(decision.reasons[0]).toMatch(/^the arguments do not fit/);
  });

  it('denies by default, and hides what could never be allowed', () => {
    const bob = principal('user', ['support']);
    expect(engineOf(POLICIES).decide(call('post_entry', ENTRY, { principal: bob }))).toMatchObject({
      effect: 'deny',
      policies: [],
      reasons: ["no policy permits you tools/call on 'post_entry' of server 'ledger'"],
      hidden: true,
    });
    expect(engineOf({}).decide(call('post_entry', ENTRY)).effect).toBe('deny');
  });

  it('says nothing about the schema to whom the tool is hidden', () => {
    const decision = engineOf({}).decide(call('post_entry', { amount: 'x' }));
    expect(decision.argumentProblems).toBeUndefined();
    expect(decision.hidden).toBe(true);
  });

  it("needs both: the user's permit and the agent's", () => {
    const { 'agents-for-users': agents, ...onlyUsers } = POLICIES;
    expect(engineOf(onlyUsers).decide(call('read_balance', { account: 'a' }))).toMatchObject({
      effect: 'deny',
      reasons: [
        "no policy permits the agent 'inspector' tools/call on 'read_balance' of server 'ledger' for a user",
      ],
    });
    expect(engineOf({ agents }).decide(call('read_balance', { account: 'a' })).effect).toBe('deny');
    const forbidden = `forbid (principal == Agent::"inspector", action, resource);`;
    const engine = engineOf({ ...POLICIES, forbidden });
    expect(engine.decide(call('read_balance', { account: 'a' }))).toMatchObject({
      effect: 'deny',
      policies: ['forbidden'],
    });
  });

  it('lets an agent by itself do what it may, and not what only users may', () => {
    const engine = engineOf({
      ...POLICIES,
      nightly:
        'permit (principal == Agent::"nightly", action == Action::"tools/call", resource == Tool::"ledger/service_report");',
    });
    const nightly = principal('agent', [], 'nightly');
    expect(engine.decide(call('service_report', {}, { principal: nightly })).effect).toBe('allow');
    expect(engine.decide(call('read_balance', { account: 'a' }, { principal: nightly })).effect).toBe('deny');
    expect(
      engine.decide(call('service_report', {}, { principal: principal('agent', [], 'other') })).effect,
    ).toBe('deny');
  });

  it('denies when a policy errs, where Cedar alone allows', () => {
    const erring = 'forbid (principal, action, resource) when { context.arguments.ticket == "none" };';
    const policies = { ...POLICIES, erring };
    const alone = cedar.isAuthorized({
      principal: { type: 'User', id: 'alice-reference' },
      action: { type: 'Action', id: 'tools/call' },
      resource: { type: 'Tool', id: 'ledger/read_balance' },
      context: { arguments: { account: 'a' }, mode: 'user' },
      policies: { staticPolicies: { all: 'permit (principal, action, resource);', erring } },
      entities: [],
    });
    expect(alone).toMatchObject({ type: 'success', response: { decision: 'allow' } });
    for (const enabled of [true, false]) {
      const engine = engineOf(policies, { compilation: { enabled } });
      const decision = engine.decide(call('read_balance', { account: 'a' }));
      expect(decision).toMatchObject({ effect: 'deny', errors: ["policy erring can't be evaluated"] });
      expect(engine.alarms).toEqual([]);
    }
  });

  it('sees what the schema does not declare as text', () => {
    const engine = engineOf({
      'agents-for-users': AGENTS_FOR_USERS,
      all: 'permit (principal, action, resource);',
      secret:
        'forbid (principal, action, resource) when { context.arguments has secret_json && context.arguments.secret_json == "[\\"x\\"]" };',
      note: 'forbid (principal, action, resource) when { context.arguments has note_json && context.arguments.note_json like "*null*" };',
      many: 'forbid (principal, action, resource) when { context.arguments has tags && context.arguments.tags_count > 2 };',
    });
    const effect = (more: JsonObject) => engine.decide(call('post_entry', { ...ENTRY, ...more })).effect;
    expect(effect({ other: 1.5 })).toBe('allow');
    expect(effect({ secret: ['x'] })).toBe('deny');
    expect(effect({ note: { a: null } })).toBe('deny');
    expect(effect({ tags: ['a', 'a'] })).toBe('allow');
    expect(effect({ tags: ['a', 'a', 'a'] })).toBe('deny');
    // An undeclared `note_json` would not be hidden behind the declared `note`.
    expect(effect({ note_json: 'x' })).toBe('allow');
    expect(effect({ amount: 2 ** 60 })).toBe('deny');
    expect(engine.alarms).toEqual([]);
  });

  it('knows time, address and session, and an absent address is absent', () => {
    const engine = engineOf({
      'agents-for-users': AGENTS_FOR_USERS,
      office: `permit (principal is User, action, resource) when {
        context has ip && context.ip.isInRange(ip("10.0.0.0/8")) && context.time < datetime("2026-12-01") };`,
      session: `forbid (principal, action, resource) when { context has session && context.session == "bad" };`,
    });
    const effect = (over: object) => engine.decide(call('read_balance', { account: 'a' }, over)).effect;
    expect(effect({ ip: '10.1.2.3' })).toBe('allow');
    expect(effect({ ip: '::ffff:10.1.2.3' })).toBe('allow');
    expect(effect({ ip: '192.0.2.1' })).toBe('deny');
    expect(effect({})).toBe('deny');
    expect(effect({ ip: 'not an address' })).toBe('deny');
    expect(effect({ ip: '10.1.2.3', time: Date.UTC(2026, 11, 2) })).toBe('deny');
    expect(effect({ ip: '10.1.2.3', session: 'bad' })).toBe('deny');
    expect(effect({ ip: '10.1.2.3', session: 'good' })).toBe('allow');
    expect(engine.alarms).toEqual([]);
  });

  it('is about what is asked now, whatever the same caller asked before', () => {
    const engine = engineOf({
      ...POLICIES,
      'no-address': 'forbid (principal is User, action, resource) unless { context has ip };',
      'no-session': `forbid (principal is User, action, resource == Tool::"ledger/read_balance")
        when { context has session };`,
    });
    const alice = principal('user', ['engineering']);
    const known = { principal: alice, ip: '10.0.0.1' };
    const drifted = { ...(ledger.tools.get('read_balance') as PolicyTool), drift: 'absent' };
    const changed: PolicyServer = { ...ledger, tools: new Map([['read_balance', drifted]]) };
    const read = (over: object) => engine.decide(call('read_balance', { account: 'a' }, over)).effect;
    for (let round = 0; round < 2; round += 1) {
      expect(read(known)).toBe('allow');
      expect(read({ principal: alice })).toBe('deny');
      expect(read({ ...known, session: 's' })).toBe('deny');
      expect(engine.decide(call('post_entry', ENTRY, { ...known, session: 's' })).effect).toBe('allow');
      expect(engine.decide(call('post_entry', { ...ENTRY, environment: 'prod' }, known)).effect).toBe('deny');
      expect(read({ ...known, server: changed, tool: drifted })).toBe('deny');
      expect(read({ ...known, principal: principal('user', ['support']) })).toBe('deny');
    }
    expect(engine.alarms).toEqual([]);
  });

  it('denies what is not pinned, and what is no longer what was pinned', () => {
    const engine = engineOf({ ...POLICIES, all: 'permit (principal, action, resource);' });
    const unknown = { ...ledger.tools.get('read_balance'), name: 'new_tool' } as PolicyTool;
    expect(engine.decide(call('read_balance', {}, { tool: unknown }))).toMatchObject({
      effect: 'deny',
      hidden: true,
    });
    const drifted = { ...(ledger.tools.get('read_balance') as PolicyTool), drift: 'absent' };
    const server: PolicyServer = { ...ledger, tools: new Map([['read_balance', drifted]]) };
    const decision = engine.decide(call('read_balance', { account: 'a' }, { server, tool: drifted }));
    expect(decision).toMatchObject({ effect: 'deny', hidden: false });
    expect(decision.reasons[0]).toContain('no longer what was approved');
    expect(
      engine.decide(call('read_balance', {}, { action: 'tools/list', server, tool: drifted })).effect,
    ).toBe('deny');
  });
});

describe('a listing', () => {
  const listed = (policies: Record<string, string>, groups: string[]) => {
    const engine = engineOf(policies);
    const principalOfGroups = principal('user', groups);
    return [...ledger.tools.values()]
      .filter(
        (tool) =>
          engine.decide(call('', {}, { action: 'tools/list', tool, principal: principalOfGroups })).effect ===
          'allow',
      )
      .map(({ name }) => name);
  };

  it('shows what some arguments would be allowed for', () => {
    expect(listed(POLICIES, ['engineering'])).toEqual(['read_balance', 'post_entry', 'service_report']);
    expect(listed(POLICIES, ['support'])).toEqual([]);
    const support =
      'permit (principal in Group::"support", action, resource == Tool::"ledger/read_balance");';
    expect(listed({ ...POLICIES, support }, ['support'])).toEqual(['read_balance']);
    const never = 'forbid (principal, action, resource == Tool::"ledger/post_entry");';
    expect(listed({ ...POLICIES, never }, ['engineering'])).toEqual(['read_balance', 'service_report']);
  });

  it('covers prompts, resources and templates', () => {
    const engine = engineOf({
      'agents-for-users': AGENTS_FOR_USERS,
      accounts:
        'permit (principal, action == Action::"resources/read", resource in Template::"ledger/ledger://account/{id}");',
      prompt:
        'permit (principal, action == Action::"prompts/get", resource == Prompt::"ledger/close") when { context.arguments.month != "2026-13" };',
    });
    const { tool: _, ...base } = call('', {});
    const read = (uri: string) =>
      engine.decide({ ...base, action: 'resources/read', resource: { uri } }).effect;
    expect(read('ledger://account/7')).toBe('allow');
    expect(read('ledger://account/7/secret')).toBe('deny');
    expect(read('ledger://rules')).toBe('deny');
    const template = { uriTemplate: 'ledger://account/{id}' };
    expect(engine.decide({ ...base, action: 'resources/templates/list', template }).effect).toBe('allow');
    const prompt = { name: 'close' };
    const get = (args: JsonObject) =>
      engine.decide({ ...base, action: 'prompts/get', prompt, arguments: args });
    expect(engine.decide({ ...base, action: 'prompts/list', prompt }).effect).toBe('allow');
    expect(get({ month: '2026-11' }).effect).toBe('allow');
    expect(get({ month: '2026-13' }).effect).toBe('deny');
    expect(get({}).argumentProblems).toEqual([{ path: '', message: "'month' is missing" }]);
    expect(get({ month: '2026-11', more: 'x' }).effect).toBe('deny');
    const complete = { action: 'completion/complete', prompt, arguments: { name: 'month', value: '20' } };
    expect(engine.decide({ ...base, ...complete }).effect).toBe('deny');
  });
});

describe('methods that a server is allowed beyond the protocol', () => {
  const server: PolicyServer = { ...ledger, allowMethods: new Set(['acme/rebalance']) };
  const { tool: _, ...base } = call('', {}, { server });

  it('are decided as actions on the server, their params as text', () => {
    const engine = engineOf({
      'agents-for-users': AGENTS_FOR_USERS,
      rebalance:
        'permit (principal, action == Action::"acme/rebalance", resource == Server::"ledger") when { context.arguments.depth_json == "3" };',
    });
    const effect = (args: JsonObject) =>
      engine.decide({ ...base, action: 'acme/rebalance', arguments: args }).effect;
    expect(effect({ depth: 3, more: ['x'] })).toBe('allow');
    expect(effect({ depth: '3' })).toBe('deny');
    expect(engine.decide({ ...base, action: 'acme/other' })).toMatchObject({ effect: 'deny', hidden: true });
  });
});

describe('tasks', () => {
  const { tool: _, ...base } = call('', {});
  const ask = (policies: Record<string, string>, tool?: string, server = ledger) =>
    engineOf(policies).decide({
      ...base,
      server,
      action: 'tasks/get',
      task: { id: '7', ...(tool === undefined ? {} : { tool }) },
      arguments: { taskId: '7' },
    });

  it('are decided as tasks, which are in their server and in the tool whose call made them', () => {
    const inServer = {
      all: 'permit (principal, action == Action::"tasks/get", resource in Server::"ledger");',
    };
    const inTool = { one: 'permit (principal, action, resource in Tool::"ledger/post_entry");' };
    expect(ask(inServer).effect).toBe('allow');
    expect(ask(inServer, 'read_balance').effect).toBe('allow');
    expect(ask(inTool, 'post_entry').effect).toBe('allow');
    expect(ask(inTool, 'read_balance')).toMatchObject({ effect: 'deny', hidden: true });
    expect(ask(inTool)).toMatchObject({ effect: 'deny', hidden: true });
  });

  it('of a tool that was not approved, or is another by now, are denied', () => {
    const all = { all: 'permit (principal, action, resource);' };
    const drifted = { ...(ledger.tools.get('post_entry') as PolicyTool), drift: 'ab' };
    const changed = { ...ledger, tools: new Map([...ledger.tools, ['post_entry', drifted]]) };
    expect(ask(all, 'post_entry').effect).toBe('allow');
    expect(ask(all, 'post_entry', changed)).toMatchObject({ effect: 'deny', hidden: false });
    expect(ask(all, 'no_such_tool')).toMatchObject({ effect: 'deny', hidden: true });
  });
});

describe('when something is wrong with deciding itself', () => {
  it('a difference to Cedar denies, alarms and switches compilation off', () => {
    const compilation = { enabled: true };
    const slots = {
      decide: () => ({ decision: 'deny' as const, diagnostics: { reason: [], errors: [] } }),
    };
    const engine = engineOf(POLICIES, { compilation, slots });
    expect(engine.decide(call('post_entry', ENTRY))).toMatchObject({ effect: 'deny' });
    expect(compilation.enabled).toBe(false);
    expect(engine.alarms[0]).toContain('compilation is off');
  });

  it('an exception denies', () => {
    const slots = {
      decide: () => {
        throw new Error('boom');
      },
    };
    const engine = engineOf(POLICIES, { compilation: { enabled: false }, slots });
    expect(engine.decide(call('post_entry', ENTRY))).toMatchObject({ effect: 'deny', hidden: false });
    expect(engine.alarms).toHaveLength(1);
  });

  it('describes what it looked at', () => {
    const context = JSON.parse(
      engineOf(POLICIES).contextText(call('post_entry', ENTRY, { ip: '::ffff:10.0.0.1' })),
    ) as JsonObject;
    expect(context).toMatchObject({ mode: 'user', ip: '10.0.0.1', action: 'tools/call' });
    expect(JSON.stringify(context)).toContain('"Group"');
  });

  it('describes each request, in RFC 8785 order, however often it has seen its principal', () => {
    const engine = engineOf(POLICIES);
    const alice = principal('user', ['engineering']);
    const times = [0, 1_000].flatMap((time) =>
      [undefined, '10.0.0.1', '10.0.0.2'].flatMap((ip) =>
        [undefined, 'a session', 'another "one"'].flatMap((session) =>
          (['post_entry', 'read_balance'] as const).map((tool) => ({ time, ip, session, tool })),
        ),
      ),
    );
    for (const { time, ip, session, tool } of [...times, ...times]) {
      const more = { principal: alice, time, ...(ip ? { ip } : {}), ...(session ? { session } : {}) };
      const text = engine.contextText(call(tool, ENTRY, more));
      const context = JSON.parse(text) as JsonObject;
      expect(canonicalJson(context)).toBe(text);
      expect(context['time']).toBe(new Date(time).toISOString());
      expect([context['ip'], context['session']]).toEqual([ip, session]);
      expect(text.includes(`ledger/${tool}`)).toBe(true);
    }
  });
});

describe('an engine', () => {
  it('takes no room for decisions that it has not made', () => {
    const input = { setSha256: 'ef'.repeat(32), version: 1, policies: [] };
    const deps = { compilation: { enabled: true }, alarm: () => undefined, slots: createCedarSlots() };
    const before = process.memoryUsage().heapUsed;
    const engines = Array.from({ length: 200 }, () => createEngine(input, deps));
    const each = (process.memoryUsage().heapUsed - before) / engines.length;
    expect(each).toBeLessThan(50_000);
  });
});
