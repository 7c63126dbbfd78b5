import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import type { Clause, PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import { clauseText, isShallow, scopeText } from './cedar-text.ts';
import { DECISION_TEXT_MAX, NEAR_POLICIES_MAX } from './constants.ts';
import { contextOf, entitiesOf, principalOf, type Side, type Target } from './describe-request.ts';
import type { NearPolicy, SideExplanation } from './explain-types.ts';
import type { CedarRecord } from './map-arguments.ts';
import type { ParsedPolicy } from './parse-policies.ts';
import { mayApply } from './slice-policies.ts';
import type { PolicyRequest } from './types.ts';

/** One question with everything known. */
export interface Question {
  readonly request: PolicyRequest;
  readonly side: Side;
  readonly target: Target;
  readonly args: CedarRecord;
}

/** Which of some policies hold for a question, and which can't be evaluated: each for itself. */
interface Standing {
  readonly satisfied: ReadonlySet<string>;
  readonly errored: ReadonlySet<string>;
}

/** What each policy about this action and resource says for one side, and why the others don't take part. */
export function explainSide(policies: readonly ParsedPolicy[], question: Question): SideExplanation {
  const { request, side, target } = question;
  const scope = {
    principalType: side,
    action: request.action,
    resourceType: target.type,
    server: request.server.id,
    resourceId: target.id,
  };
  const about = policies.filter(({ json }) => mayApply(json, scope));
  const { satisfied, errored } = evaluate(
    question,
    about.map(({ id, text }) => ({ id, policy: text })),
  );
  const deciding = about.filter(({ id }) => satisfied.has(id));
  const forbidden = deciding.some(({ json }) => json.effect === 'forbid');
  const permitted = deciding.some(({ json }) => json.effect === 'permit');
  const others = about.filter(({ id }) => !satisfied.has(id) && !errored.has(id));
  return {
    side: side === 'User' ? 'person' : 'agent',
    effect: permitted && !forbidden && errored.size === 0 ? 'allow' : 'deny',
    satisfied: deciding.map(({ id, json, reason }) => ({
      id,
      effect: json.effect,
      ...(reason === undefined ? {} : { reason }),
    })),
    errors: [...errored],
    near: nearPolicies(others, question),
  };
}

function nearPolicies(others: readonly ParsedPolicy[], question: Question): readonly NearPolicy[] {
  const bare = evaluate(question, others.map(withConditions([])));
  const [here, elsewhere] = [
    others.filter(({ id }) => bare.satisfied.has(id)),
    others.filter(({ id, json }) => !bare.satisfied.has(id) && json.effect === 'permit'),
  ];
  const forAnybody = evaluate(
    question,
    elsewhere.map((policy) =>
      withConditions([])({ ...policy, json: { ...policy.json, principal: { op: 'All' } } }),
    ),
  );
  return [
    ...failedConditions(here.slice(0, NEAR_POLICIES_MAX), question),
    ...elsewhere
      .filter(({ id }) => forAnybody.satisfied.has(id))
      .slice(0, NEAR_POLICIES_MAX)
      .map(({ id, json }) => near(id, json.effect, 'principal', scopeText(json, 'principal'))),
  ].slice(0, NEAR_POLICIES_MAX);
}

function near(
  id: string,
  effect: PolicyJson['effect'],
  because: NearPolicy['because'],
  clause: string,
): NearPolicy {
  const short =
    clause.length <= DECISION_TEXT_MAX ? clause : `${clause.slice(0, DECISION_TEXT_MAX).toWellFormed()}…`;
  return { id, effect, because, clause: short };
}

/**
 * Of each policy the first clause that is not true: what stands behind it may only make sense where it is. Their scopes
 * hold, so each clause is asked about without it: a long one, repeated for each clause, would be megabytes.
 */
function failedConditions(policies: readonly ParsedPolicy[], question: Question): readonly NearPolicy[] {
  const clauses = policies.flatMap((policy) =>
    policy.json.conditions.flatMap(conjuncts).map((clause, index) => ({
      policy,
      clause,
      key: `${policy.id}#${index}`,
      shallow: isShallow(clause),
    })),
  );
  const { satisfied } = evaluate(
    question,
    clauses
      .filter(({ shallow }) => shallow)
      .map(({ policy: { json }, clause, key }) => ({
        id: key,
        policy: { ...ANYWHERE, effect: json.effect, conditions: [clause] },
      })),
  );
  return policies.flatMap((policy) => {
    const failed = clauses.find((entry) => entry.policy === policy && !satisfied.has(entry.key));
    if (failed === undefined) return [];
    const clause = failed.shallow ? clauseText(failed.clause) : '';
    return [near(policy.id, policy.json.effect, 'condition', clause)];
  });
}

/** `when { a && b }` is `when { a } when { b }`. */
function conjuncts({ kind, body }: Clause): readonly Clause[] {
  const both =
    kind === 'when' && '&&' in body
      ? (body['&&'] as { left: Clause['body']; right: Clause['body'] })
      : undefined;
  if (both === undefined) return [{ kind, body }];
  return [...conjuncts({ kind, body: both.left }), ...conjuncts({ kind, body: both.right })];
}

const ANYWHERE = { principal: { op: 'All' }, action: { op: 'All' }, resource: { op: 'All' } } as const;

/** A policy to evaluate, as Cedar's text or its JSON form. */
interface Evaluated {
  readonly id: string;
  readonly policy: string | PolicyJson;
}

function withConditions(conditions: Clause[]): (policy: Pick<ParsedPolicy, 'id' | 'json'>) => Evaluated {
  return ({ id, json }) => ({ id, policy: { ...json, conditions, annotations: {} } });
}

/**
 * With nothing unknown, Cedar's partial answer says of each policy for itself whether it holds: `isAuthorized` names only
 * those that decided.
 */
function evaluate({ request, side, target, args }: Question, policies: readonly Evaluated[]): Standing {
  if (policies.length === 0) return { satisfied: new Set(), errored: new Set() };
  const answer = cedar.isAuthorizedPartial({
    principal: principalOf(request.principal, side),
    action: { type: 'Action', id: request.action },
    resource: { type: target.type, id: target.id },
    context: contextOf(request, args),
    policies: { staticPolicies: Object.fromEntries(policies.map(({ id, policy }) => [id, policy])) },
    entities: entitiesOf(request.principal, target),
  });
  if (answer.type === 'failure') throw new Error('Cedar refused a hypothetical request');
  const { satisfied, errored } = answer.response;
  return { satisfied: new Set(satisfied), errored: new Set(errored) };
}
