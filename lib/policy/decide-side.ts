import { LRUCache } from 'lru-cache';
import type { Principal } from '#lib/core';
import { createCedarSlots, type CedarSlots, type Slice } from './cedar-slots.ts';
import { CROSS_CHECK_EVERY, RESIDUALS_CACHED_MAX } from './constants.ts';
import { contextOf, entitiesOf, principalOf, type Side, type Target } from './describe-request.ts';
import type { CedarRecord } from './map-arguments.ts';
import type { ParsedPolicy } from './parse-policies.ts';
import { judge, residualOf, type Residual, type Verdict } from './partial-decision.ts';
import { mayApply } from './slice-policies.ts';
import type { PolicyRequest } from './types.ts';

/** Whether residuals may be compiled. One for the process: a difference switches it off for every engine. */
export interface CompilationSwitch {
  enabled: boolean;
}

export interface EngineInput {
  readonly setSha256: string;
  readonly version: number;
  readonly policies: readonly ParsedPolicy[];
  /** The stored set can't be used (it would not be saved today): everything is denied, with this reason. */
  readonly unusable?: string;
}

export interface EngineDeps {
  readonly slots?: CedarSlots;
  readonly compilation: CompilationSwitch;
  /** Told when a compiled decision differs from Cedar's, and when deciding failed. */
  readonly alarm: (what: string, details: object) => void;
  /** Every how many compiled decisions Cedar is asked too; 1 in tests. */
  readonly crossCheckEvery?: number;
}

/** Decides for one side (the person, or the agent) at a time. */
export interface SideDecider {
  /** What is left to know; cached. */
  residual(request: PolicyRequest, side: Side, target: Target): Residual;
  /** The verdict over these arguments, from what was left to know. */
  decide(left: Residual, request: PolicyRequest, side: Side, target: Target, args: CedarRecord): Verdict;
}

/** By size: a cache with `max` reserves all of it at once, more than half a megabyte for each tenant. */
const KEPT = { maxSize: RESIDUALS_CACHED_MAX, sizeCalculation: () => 1 };

export function createSideDecider(input: EngineInput, deps: EngineDeps): SideDecider {
  const slots = deps.slots ?? createCedarSlots();
  const slices = new LRUCache<string, Slice>(KEPT);
  const residuals = new LRUCache<string, Residual>(KEPT);
  const crossCheckEvery = deps.crossCheckEvery ?? CROSS_CHECK_EVERY;
  let compiledDecisions = 0;

  function sliceOf({ action, server }: PolicyRequest, side: Side, target: Target): Slice {
    const open = target.type === 'Resource' || target.type === 'Task';
    const resourceId = open ? undefined : target.id;
    const key = `${side}\n${action}\n${target.type}\n${resourceId ?? `${server.id}/`}`;
    const known = slices.get(key);
    if (known !== undefined) return known;
    const scope = { principalType: side, action, resourceType: target.type, server: server.id, resourceId };
    const slice = { policies: input.policies.filter(({ json }) => mayApply(json, scope)) };
    slices.set(key, slice);
    return slice;
  }

  function residual(request: PolicyRequest, side: Side, target: Target): Residual {
    const key = residualKey(request, side, target);
    const known = residuals.get(key);
    if (known !== undefined) return known;
    const made = residualOf(sliceOf(request, side, target), request, side, target);
    residuals.set(key, made);
    return made;
  }

  function askCedar(request: PolicyRequest, side: Side, target: Target, args: CedarRecord): Verdict {
    const { decision, diagnostics } = slots.decide(sliceOf(request, side, target), {
      principal: principalOf(request.principal, side),
      action: { type: 'Action', id: request.action },
      resource: { type: target.type, id: target.id },
      context: contextOf(request, args),
      entities: entitiesOf(request.principal, target),
    });
    const errors = diagnostics.errors.map(({ policyId }) => `policy ${policyId} can't be evaluated`);
    // Cedar skips what errs: an allow beside an error is not its policies' decision.
    const policies = decision === 'allow' && errors.length > 0 ? [] : diagnostics.reason;
    return { allowed: decision === 'allow' && errors.length === 0, policies, errors };
  }

  return {
    residual,
    decide(left, request, side, target, args) {
      if (left.kind === 'concrete') return left.verdict;
      if (left.kind === 'open' || !deps.compilation.enabled) return askCedar(request, side, target, args);
      const verdict = judge(left.rules, args);
      compiledDecisions += 1;
      if (compiledDecisions % crossCheckEvery !== 0) return verdict;
      const cedar = askCedar(request, side, target, args);
      if (cedar.allowed === verdict.allowed) return verdict;
      return raiseAlarm(input, deps, request, [...verdict.policies, ...cedar.policies]);
    },
  };
}

/** Whichever of the two is wrong, this call is denied, and from now on Cedar alone decides. */
function raiseAlarm(
  input: EngineInput,
  deps: EngineDeps,
  request: PolicyRequest,
  policies: readonly string[],
): Verdict {
  deps.compilation.enabled = false;
  const details = { set: input.setSha256, server: request.server.id, action: request.action, policies };
  deps.alarm('a compiled policy differs from Cedar: compilation is off until the next start', details);
  return { allowed: false, policies: [], errors: ['the compiled policy and Cedar differ'] };
}

/** Whatever can change a residual: who (and which version of them), what, and which of the context is there at all. */
function residualKey(request: PolicyRequest, side: Side, target: Target): string {
  const present = `${request.ip === undefined ? '' : 'i'}${request.session === undefined ? '' : 's'}`;
  return `${side} ${present} ${principalKey(request.principal)}${targetKey(request.action, target)}`;
}

const principalKeys = new WeakMap<Principal, string>();

/** Who a principal is, and which version of them. The object is immutable, so its text is made once. */
export function principalKey(principal: Principal): string {
  const known = principalKeys.get(principal);
  if (known !== undefined) return known;
  const { mode, agent, version } = principal;
  const person = principal.mode === 'user' ? principal.person.id : '';
  const made = JSON.stringify([mode, agent.clientId, person, version]);
  principalKeys.set(principal, made);
  return made;
}

const targetKeys = new WeakMap<Target, { readonly action: string; readonly key: string }>();

/** What is acted on, and how. Free text stands behind its length, so that no two targets have the same key. */
export function targetKey(action: string, target: Target): string {
  const known = targetKeys.get(target);
  if (known?.action === action) return known.key;
  const { type, id, definitionSha256, parents } = target;
  let key = `${type} ${definitionSha256} ${action.length} ${action} ${id.length} ${id}`;
  for (const parent of parents) key += ` ${parent.type} ${parent.id.length} ${parent.id}`;
  targetKeys.set(target, { action, key });
  return key;
}
