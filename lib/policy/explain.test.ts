import { describe, expect, it } from 'vitest';
import type { Principal } from '#lib/core';
import { draftPolicies } from './draft-policies.ts';
import { AGENTS_FOR_USERS, call, principal } from './testing/acme.ts';
import type { PolicyRequest, PolicyTexts } from './types.ts';

const POST = 'action == Action::"tools/call", resource == Tool::"ledger/post_entry"';
const POLICIES = {
  agents: AGENTS_FOR_USERS,
  engineers: `permit (principal in Group::"engineering", ${POST});`,
  controllers: `permit (principal in Group::"controllers", ${POST});`,
  'not-prod': `@reason("Not in prod.") forbid (principal, ${POST}) when { context.arguments.environment == "prod" };`,
  office: `permit (principal is User, ${POST}) when { context has ip && context.ip.isInRange(ip("10.0.0.0/8")) } unless { context.arguments.amount > 9 };`,
  readers: 'permit (principal is User, action, resource == Tool::"ledger/read_balance");',
};
const ENTRY = { account: 'a', amount: 1, environment: 'dev' };

function explain(request: PolicyRequest, policies: PolicyTexts = POLICIES) {
  const alarms: string[] = [];
  const draft = draftPolicies(policies, (what) => alarms.push(what));
  if (!draft.ok) throw new Error(JSON.stringify(draft.error));
  const explained = draft.value.explain(request);
  expect(alarms).toEqual([]);
  return explained;
}
const post = (args: object, who: Principal = principal('user', ['engineering'])) =>
  call('post_entry', { ...ENTRY, ...args }, { principal: who });

describe('an explained request', () => {
  it('says for each side which policies hold', () => {
    const { decision, sides } = explain(post({}));
    expect(decision).toMatchObject({ effect: 'allow', policies: ['engineers', 'agents'] });
    expect(sides.map(({ side, effect, satisfied }) => [side, effect, satisfied.map(({ id }) => id)])).toEqual(
      [
        ['person', 'allow', ['engineers']],
        ['agent', 'allow', ['agents']],
      ],
    );
  });

  it('names the forbid that beats a permit, with its reason', () => {
    const { decision, sides } = explain(post({ environment: 'prod' }));
    expect(decision.reasons).toEqual(['Not in prod.']);
    expect(sides[0]).toMatchObject({
      effect: 'deny',
      satisfied: [
        { id: 'engineers', effect: 'permit' },
        { id: 'not-prod', effect: 'forbid', reason: 'Not in prod.' },
      ],
    });
  });

  it('names what would have applied but for whom it is about, or for the first condition that is not true', () => {
    const { sides } = explain(post({ amount: 10 }));
    expect(sides[0]?.near).toEqual([
      {
        id: 'not-prod',
        effect: 'forbid',
        because: 'condition',
        clause: 'when { context.arguments.environment == "prod" }',
      },
      { id: 'office', effect: 'permit', because: 'condition', clause: 'when { context has ip }' },
      {
        id: 'controllers',
        effect: 'permit',
        because: 'principal',
        clause: 'principal in Group::"controllers"',
      },
    ]);
  });

  it('goes on to the next condition where the first is true', () => {
    const near = (over: Partial<PolicyRequest>) =>
      explain({ ...post({ amount: 10 }), ...over }).sides[0]?.near.find(({ id }) => id === 'office')?.clause;
    expect(near({ ip: '192.0.2.1' })).toContain('isInRange');
    expect(near({ ip: '::ffff:10.1.1.1' })).toBe('unless { context.arguments.amount > 9 }');
  });

  it('asks an agent by itself once, and says what is for users only', () => {
    const { decision, sides } = explain(post({}, principal('agent')));
    expect(decision.effect).toBe('deny');
    expect(sides).toHaveLength(1);
    expect(sides[0]?.near).toContainEqual({
      id: 'agents',
      effect: 'permit',
      because: 'condition',
      clause: 'when { context.mode == "user" }',
    });
  });

  it.each([
    ['a value of the wrong type', { environment: ['prod'] }, '/environment'],
    ['an entity in disguise', { note: { __entity: { type: 'User', id: 'alice' } } }, '/note/__entity'],
    ['a number that is none', { amount: Infinity }, '/amount'],
  ])('says what is wrong with the arguments and asks no policy: %s', (_, args, path) => {
    const { decision, sides } = explain(post(args));
    expect(decision.effect).toBe('deny');
    expect(decision.argumentProblems?.[0]?.path).toBe(path);
    expect(sides).toEqual([]);
  });

  it('says that a policy can not be evaluated', () => {
    const erring = { ...POLICIES, erring: `forbid (principal, ${POST}) when { context.nothing };` };
    const { decision, sides } = explain(post({}), erring);
    expect(decision.errors).toEqual(["policy erring can't be evaluated"]);
    expect(sides[0]).toMatchObject({ effect: 'deny', errors: ['erring'] });
  });

  it('agrees with the decision on every side', () => {
    for (const environment of ['dev', 'prod']) {
      for (const who of [principal('user', ['engineering']), principal('user'), principal('agent')]) {
        const { decision, sides } = explain(post({ environment }, who));
        expect(sides.every(({ effect }) => effect === 'allow')).toBe(decision.effect === 'allow');
      }
    }
  });

  it('explains policies as large as they may be', () => {
    const long = (by: string, of: string) => Array<string>(190).fill(of).join(by);
    const huge = {
      and: `permit (principal, ${POST}) when { ${long(' && ', 'context has ip')} };`,
      or: `permit (principal, ${POST}) when { ${long(' || ', 'false')} };`,
      not: `permit (principal, ${POST}) when { ${'!('.repeat(24)}false${')'.repeat(24)} };`,
    };
    const near = explain(post({}), huge).sides[0]?.near ?? [];
    expect(near.map(({ id, clause }) => [id, clause.slice(0, 23)])).toEqual([
      ['and', 'when { context has ip }'],
      ['or', ''],
      ['not', 'when { !(!(!(!(!(!(!(!('],
    ]);
  });

  it('refuses what can not be parsed', () => {
    expect(draftPolicies({ p: 'permit (' }, () => undefined)).toMatchObject({
      ok: false,
      error: [{ line: 1 }],
    });
  });

  it('of a policy with a long scope and many clauses does not take their product', () => {
    const actions = Array.from({ length: 1_900 }, () => 'Action::"tools/call"').join(',');
    const clauses = 'when{context.arguments.environment=="dev"}'.repeat(150);
    const long = `permit (principal, action in [${actions}], resource) ${clauses} when {false};`;
    const started = performance.now();
    const { sides } = explain(post({}), { long });
    expect(performance.now() - started).toBeLessThan(4_000);
    expect(sides[0]?.near).toMatchObject([{ id: 'long', because: 'condition', clause: 'when { false }' }]);
  });
});
