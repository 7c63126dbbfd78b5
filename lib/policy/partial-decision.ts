import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import type { EntityJson, ResidualResponse } from '@cedar-policy/cedar-wasm/nodejs';
import type { Slice } from './cedar-slots.ts';
import { compileResidual, type CompiledPolicy } from './compile-residual.ts';
import { entitiesOf, principalOf, unknownContext, type Side, type Target } from './describe-request.ts';
import type { CedarRecord } from './map-arguments.ts';
import type { PolicyRequest } from './types.ts';

/** What one side's policies say. */
export interface Verdict {
  readonly allowed: boolean;
  /** Deciding policies: satisfied forbids, else (when allowed) satisfied permits. */
  readonly policies: readonly string[];
  /** Any of these denies: Cedar by itself would skip the policy that erred. */
  readonly errors: readonly string[];
}

/** What is left of a slice for one principal and thing when arguments, time, address and session are not known. */
export type Residual =
  /** They do not matter. */
  | { readonly kind: 'concrete'; readonly verdict: Verdict }
  /** Only arguments matter, in a form that was compiled. */
  | { readonly kind: 'compiled'; readonly rules: readonly Rule[] }
  /** Cedar has to be asked each time. */
  | { readonly kind: 'open' };

interface Rule {
  readonly id: string;
  readonly forbids: boolean;
  /** True: satisfied whatever the arguments are. */
  readonly satisfied: true | CompiledPolicy;
}

/** Asks Cedar what remains to be known. */
export function residualOf(slice: Slice, request: PolicyRequest, side: Side, target: Target): Residual {
  const entities: EntityJson[] = entitiesOf(request.principal, target);
  const answer = cedar.isAuthorizedPartial({
    principal: principalOf(request.principal, side),
    action: { type: 'Action', id: request.action },
    resource: { type: target.type, id: target.id },
    context: unknownContext(request),
    policies: { staticPolicies: Object.fromEntries(slice.policies.map(({ id, text }) => [id, text])) },
    entities,
  });
  if (answer.type === 'failure') throw new Error('Cedar refused a request');
  return classify(slice, answer.response);
}

function classify(slice: Slice, response: ResidualResponse): Residual {
  const { satisfied, errored, nontrivialResiduals, residuals, decision } = response;
  const forbids = new Map(slice.policies.map(({ id, json }) => [id, json.effect === 'forbid']));
  if (errored.length > 0) {
    const errors = errored.map((id) => `policy ${id} can't be evaluated`);
    return { kind: 'concrete', verdict: { allowed: false, policies: [], errors } };
  }
  // An allow is concrete only when nothing is left that could still forbid or err.
  if (decision === 'deny' || nontrivialResiduals.length === 0) {
    const rules = satisfied.map((id) => ({
      id,
      forbids: forbids.get(id) === true,
      satisfied: true as const,
    }));
    return { kind: 'concrete', verdict: judge(rules, NO_ARGUMENTS) };
  }
  const rules: Rule[] = satisfied.map((id) => ({
    id,
    forbids: forbids.get(id) === true,
    satisfied: true as const,
  }));
  for (const id of nontrivialResiduals) {
    const residual = residuals[id];
    const compiled = residual === undefined ? undefined : compileResidual(residual);
    if (compiled === undefined) return { kind: 'open' };
    rules.push({ id, forbids: forbids.get(id) === true, satisfied: compiled });
  }
  return { kind: 'compiled', rules };
}

const NO_ARGUMENTS: CedarRecord = Object.freeze(Object.create(null) as CedarRecord);

/** Cedar's rule with one difference: an error denies. */
export function judge(rules: readonly Rule[], args: CedarRecord): Verdict {
  const errors: string[] = [];
  const permits: string[] = [];
  const forbids: string[] = [];
  for (const { id, forbids: forbidding, satisfied } of rules) {
    const holds = satisfied === true || satisfied(args);
    if (holds === 'error') errors.push(`policy ${id} can't be evaluated`);
    else if (holds) (forbidding ? forbids : permits).push(id);
  }
  if (errors.length > 0 || forbids.length > 0) return { allowed: false, policies: forbids, errors };
  return { allowed: permits.length > 0, policies: permits, errors };
}
