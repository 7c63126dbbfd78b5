/**
 * Compiled residuals against Cedar itself, over random policies and random arguments, also such as validation would
 * never let through: what one evaluates, skips or errs on, the other has to. POLICY_DIFFERENTIAL_RUNS=1000000 makes
 * it long.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCedarSlots } from './cedar-slots.ts';
import { compileResidual } from './compile-residual.ts';
import { contextOf, entitiesOf, principalOf, targetOf, type Target } from './describe-request.ts';
import type { CedarRecord } from './map-arguments.ts';
import { parsePolicies } from './parse-policies.ts';
import { judge, residualOf } from './partial-decision.ts';
import { call, principal } from './testing/acme.ts';

const RUNS = Number(process.env['POLICY_DIFFERENTIAL_RUNS'] ?? 20_000);
const ARGUMENTS_PER_SET = 50;

const text = fc.constantFrom('dev', 'prod', '', 'a*b', 'pröd', '😀');
const integer = fc.oneof(fc.constantFrom(-1, 0, 1, 5, 100), fc.maxSafeInteger());
const name = fc.constantFrom('env', 'amount', 'tags', 'flag', 'inner', 'absent');
const quoted = (value: string) => JSON.stringify(value);

const expression = fc.letrec<{ bool: string; any: string; long: string; set: string }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    text.map(quoted),
    integer.map(String),
    fc.boolean().map(String),
    name.map((attribute) => `context.arguments.${attribute}`),
    fc.constant('context.arguments.inner.env'),
    fc.constant('context.arguments'),
    fc.constant('context.mode'),
    tie('set'),
    tie('bool').map((inner) => `(${inner})`),
    fc.tuple(tie('bool'), tie('any'), tie('any')).map(([c, a, b]) => `(if ${c} then ${a} else ${b})`),
    fc.tuple(text, tie('any')).map(([attribute, value]) => `{${quoted(attribute)}: ${value}}`),
  ),
  long: fc.oneof(integer.map(String), fc.constant('context.arguments.amount'), tie('any')),
  set: fc.oneof(
    fc.array(text, { maxLength: 3 }).map((items) => `[${items.map(quoted).join(', ')}]`),
    fc.constant('context.arguments.tags'),
    fc.array(tie('any'), { minLength: 1, maxLength: 2 }).map((items) => `[${items.join(', ')}]`),
  ),
  bool: fc.oneof(
    { depthSize: 'small' },
    fc.tuple(tie('any'), fc.constantFrom('==', '!='), tie('any')).map(([a, o, b]) => `(${a} ${o} ${b})`),
    fc
      .tuple(tie('long'), fc.constantFrom('<', '<=', '>', '>='), tie('long'))
      .map(([a, o, b]) => `(${a} ${o} ${b})`),
    name.map((attribute) => `(context.arguments has ${attribute})`),
    fc.constant('(context.arguments has inner && context.arguments.inner has env)'),
    fc.tuple(tie('set'), tie('any')).map(([a, b]) => `${a}.contains(${b})`),
    fc
      .tuple(tie('set'), fc.constantFrom('containsAll', 'containsAny'), tie('set'))
      .map(([a, o, b]) => `${a}.${o}(${b})`),
    tie('set').map((a) => `${a}.isEmpty()`),
    fc
      .tuple(tie('any'), fc.constantFrom('*', 'd*', '*v', 'a\\*b', '*o*d*', 'pr*d', ''))
      .map(([a, p]) => `(${a} like "${p}")`),
    fc.tuple(tie('bool'), fc.constantFrom('&&', '||'), tie('bool')).map(([a, o, b]) => `(${a} ${o} ${b})`),
    tie('bool').map((a) => `!${a}`),
    fc.constant('principal in Group::"engineering"'),
    fc.constant('(context.mode == "user")'),
  ),
})).bool;

const policy = fc
  .tuple(fc.constantFrom('permit', 'forbid'), fc.constantFrom('when', 'unless'), expression)
  .map(([effect, kind, body]) => `${effect} (principal, action, resource) ${kind} { ${body} };`);

const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text,
    integer,
    fc.boolean(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 2, noNullPrototype: false }),
  ),
})).value;
const args = fc.record(
  {
    env: fc.oneof({ weight: 4, arbitrary: text }, value),
    amount: fc.oneof({ weight: 4, arbitrary: integer }, value),
    tags: fc.oneof({ weight: 4, arbitrary: fc.array(text, { maxLength: 3 }) }, value),
    flag: fc.oneof({ weight: 4, arbitrary: fc.boolean() }, value),
    inner: fc.oneof({ weight: 4, arbitrary: fc.record({ env: text }) }, value),
  },
  { requiredKeys: [] },
) as unknown as fc.Arbitrary<CedarRecord>;

describe('a compiled residual', () => {
  it('decides as Cedar does', { timeout: RUNS * 10 }, () => {
    const slots = createCedarSlots();
    const request = call('post_entry', {}, { principal: principal('user', ['engineering']) });
    const target = targetOf(request) as Target;
    let compared = 0;
    const decisions = { allow: 0, deny: 0, error: 0 };
    fc.assert(
      fc.property(
        fc.array(policy, { minLength: 1, maxLength: 3 }),
        fc.array(args, { minLength: ARGUMENTS_PER_SET, maxLength: ARGUMENTS_PER_SET }),
        (texts, samples) => {
          const policies = Object.fromEntries(texts.map((entry, index) => [`p${index}`, entry]));
          const { parsed, problems } = parsePolicies(policies);
          fc.pre(problems.length === 0);
          const slice = { policies: parsed };
          const residual = residualOf(slice, request, 'User', target);
          if (residual.kind === 'open') return;
          for (const sample of samples) {
            const verdict = residual.kind === 'concrete' ? residual.verdict : judge(residual.rules, sample);
            const response = slots.decide(slice, {
              principal: principalOf(request.principal, 'User'),
              action: { type: 'Action', id: request.action },
              resource: { type: target.type, id: target.id },
              context: contextOf(request, sample),
              entities: entitiesOf(request.principal, target),
            });
            const errors = response.diagnostics.errors.length > 0;
            const compiled = residual.kind === 'compiled';
            expect(verdict.allowed).toBe(response.decision === 'allow' && !errors);
            // A concrete deny does not look for more that is wrong.
            expect(verdict.errors.length > 0 || (errors && !compiled)).toBe(errors);
            compared += compiled ? 1 : 0;
            decisions[errors ? 'error' : verdict.allowed ? 'allow' : 'deny'] += 1;
          }
        },
      ),
      { numRuns: Math.ceil(RUNS / ARGUMENTS_PER_SET) },
    );
    // The test has to have seen something: compiled policies, and every kind of end.
    expect(compared).toBeGreaterThan(RUNS / 10);
    expect(Math.min(...Object.values(decisions))).toBeGreaterThan(RUNS / 500);
  });

  it.each([
    'context.time < datetime("2026-01-01")',
    'context.arguments.amount + 1 == 2',
    'context.arguments.amount < 9223372036854775807',
    'ip(context.arguments.env).isLoopback()',
    'context.session == "x" && context.arguments.env == "y"',
  ])('leaves to Cedar: %s', (condition) => {
    const { parsed } = parsePolicies({ p: `permit (principal, action, resource) when { ${condition} };` });
    const request = call('post_entry', {}, { session: 's' });
    expect(residualOf({ policies: parsed }, request, 'User', targetOf(request) as Target).kind).toBe('open');
  });

  it('is never made from a policy whose scope is still open', () => {
    const { parsed } = parsePolicies({ p: 'permit (principal, action == Action::"tools/call", resource);' });
    expect(parsed[0] && compileResidual(parsed[0].json)).toBeUndefined();
  });
});
