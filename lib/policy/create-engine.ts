import { LRUCache } from 'lru-cache';
import { canonicalJson, type Json, type JsonObject } from '#lib/core';
import { createCedarSlots, type CedarSlots, type Slice } from './cedar-slots.ts';
import { CROSS_CHECK_EVERY, RESIDUALS_CACHED_MAX } from './constants.ts';
import {
  contextOf,
  entitiesOf,
  normalizeIp,
  principalOf,
  sidesOf,
  targetOf,
  type Side,
  type Target,
} from './describe-request.ts';
import { answer, denial, type SideVerdict } from './answer-decision.ts';
import { readArguments } from './read-arguments.ts';
import { judge, residualOf, type Residual, type Verdict } from './partial-decision.ts';
import type { CedarRecord } from './map-arguments.ts';
import type { ParsedPolicy } from './parse-policies.ts';
import { mayApply, type Scope } from './slice-policies.ts';
import type { PolicyDecision, PolicyEngine, PolicyRequest } from './types.ts';

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

/** What a listing asks: the act that a listed thing is for. */
const ACT_OF_LIST: Readonly<Record<string, string>> = {
  'tools/list': 'tools/call',
  'resources/list': 'resources/read',
  'resources/templates/list': 'resources/read',
  'prompts/list': 'prompts/get',
  'tasks/list': 'tasks/get',
};

/** The engine of one immutable set. */
export function createEngine(input: EngineInput, deps: EngineDeps): PolicyEngine {
  const slots = deps.slots ?? createCedarSlots();
  const slices = new LRUCache<string, Slice>({ max: RESIDUALS_CACHED_MAX });
  const residuals = new LRUCache<string, Residual>({ max: RESIDUALS_CACHED_MAX });
  const crossCheckEvery = deps.crossCheckEvery ?? CROSS_CHECK_EVERY;
  let compiledDecisions = 0;

  function sliceOf(request: PolicyRequest, side: Side, target: Target): Slice {
    const open = target.type === 'Resource' || target.type === 'Task';
    const resourceId = open ? undefined : target.id;
    const key = `${side}\n${request.action}\n${target.type}\n${resourceId ?? `${request.server.id}/`}`;
    const known = slices.get(key);
    if (known !== undefined) return known;
    const scope: Scope = {
      principalType: side,
      action: request.action,
      resourceType: target.type,
      server: request.server.id,
      resourceId,
    };
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
    const response = slots.decide(sliceOf(request, side, target), {
      principal: principalOf(request.principal, side),
      action: { type: 'Action', id: request.action },
      resource: { type: target.type, id: target.id },
      context: contextOf(request, args),
      entities: entitiesOf(request.principal, target),
    });
    const errors = response.diagnostics.errors.map(({ policyId }) => `policy ${policyId} can't be evaluated`);
    const policies = response.decision === 'allow' && errors.length > 0 ? [] : response.diagnostics.reason;
    return { allowed: response.decision === 'allow' && errors.length === 0, policies, errors };
  }

  function decideSide(request: PolicyRequest, side: Side, target: Target, args: CedarRecord): Verdict {
    const left = residual(request, side, target);
    if (left.kind === 'concrete') return left.verdict;
    if (left.kind === 'open' || !deps.compilation.enabled) return askCedar(request, side, target, args);
    const verdict = judge(left.rules, args);
    compiledDecisions += 1;
    if (compiledDecisions % crossCheckEvery !== 0) return verdict;
    return crossCheck(verdict, askCedar(request, side, target, args), request);
  }

  function crossCheck(compiled: Verdict, cedar: Verdict, request: PolicyRequest): Verdict {
    if (compiled.allowed === cedar.allowed) return compiled;
    deps.compilation.enabled = false;
    deps.alarm('a compiled policy differs from Cedar: compilation is off until the next start', {
      set: input.setSha256,
      server: request.server.id,
      action: request.action,
      policies: [...compiled.policies, ...cedar.policies],
    });
    return { allowed: false, policies: [], errors: ['the compiled policy and Cedar differ'] };
  }

  function decideAct(request: PolicyRequest, listing: boolean): PolicyDecision {
    if (input.unusable !== undefined) return denial(input.setSha256, input.unusable, false);
    const target = targetOf(request);
    if (typeof target === 'string') return denial(input.setSha256, target, true);
    const sides = sidesOf(request.principal);
    const known = sides.map((side): SideVerdict | undefined => {
      const left = residual(request, side, target);
      return left.kind === 'concrete' ? { side, verdict: left.verdict } : undefined;
    });
    // Decided without looking at the arguments: so that nobody learns a schema by what is refused.
    if (listing && target.drifted !== undefined) return denial(input.setSha256, target.drifted, true);
    if (listing || known.some((entry) => entry !== undefined && !entry.verdict.allowed)) {
      return answer(
        input,
        request,
        known.filter((entry) => entry !== undefined),
        true,
      );
    }
    if (target.drifted !== undefined) return denial(input.setSha256, target.drifted, false);
    const args = readArguments(request, target);
    if (!args.ok) return { ...denial(input.setSha256, args.error.reason, false), ...args.error.problems };
    const verdicts = sides.map(
      (side, index): SideVerdict =>
        known[index] ?? { side, verdict: decideSide(request, side, target, args.value) },
    );
    return answer(input, request, verdicts, false);
  }

  return {
    setSha256: input.setSha256,
    version: input.version,
    decide(asked) {
      try {
        const act = ACT_OF_LIST[asked.action];
        const request = withAddress(act === undefined ? asked : { ...asked, action: act });
        if (request === undefined)
          return denial(input.setSha256, "the caller's address is not an IP address", false);
        return decideAct(request, act !== undefined);
      } catch (error) {
        deps.alarm('a decision failed', { set: input.setSha256, error: String(error) });
        return {
          ...denial(input.setSha256, 'the policy could not be evaluated', false),
          errors: [String(error)],
        };
      }
    },
    contextText: (request) => canonicalJson(describeContext(request)),
  };
}

function withAddress(request: PolicyRequest): PolicyRequest | undefined {
  if (request.ip === undefined) return request;
  const ip = normalizeIp(request.ip);
  return ip === undefined ? undefined : { ...request, ip };
}

/** Whatever can change a residual: who (and which version of them), what, and which of the context is there at all. */
function residualKey(request: PolicyRequest, side: Side, target: Target): string {
  const { principal } = request;
  const person = principal.mode === 'user' ? principal.person.id : '';
  const present = `${request.ip === undefined ? '' : 'i'}${request.session === undefined ? '' : 's'}`;
  const parents = target.type === 'Resource' ? target.parents.map(({ id }) => id).join(' ') : '';
  return JSON.stringify([
    side,
    principal.mode,
    principal.agent.clientId,
    person,
    principal.version,
    request.action,
    target.type,
    target.id,
    target.definitionSha256,
    parents,
    present,
  ]);
}

/** What a decision looked at besides the arguments. */
function describeContext(request: PolicyRequest): JsonObject {
  const { principal } = request;
  const target = targetOf(request);
  const context: Record<string, Json> = { mode: principal.mode, time: new Date(request.time).toISOString() };
  if (request.ip !== undefined) context['ip'] = normalizeIp(request.ip) ?? request.ip;
  if (request.session !== undefined) context['session'] = request.session;
  if (typeof target !== 'string') context['entities'] = entitiesOf(principal, target) as unknown as Json;
  context['action'] = request.action;
  return context;
}
