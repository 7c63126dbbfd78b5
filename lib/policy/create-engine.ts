import { canonicalJson, keepAtHand, type Json, type Principal } from '#lib/core';
import { answer, denial, type SideVerdict } from './answer-decision.ts';
import { CONTEXT_KEPT_CHARS_MAX, CONTEXTS_PER_PRINCIPAL_MAX } from './constants.ts';
import { createSideDecider, targetKey, type EngineDeps, type EngineInput } from './decide-side.ts';
import { entitiesOf, normalizeIp, sidesOf, targetOf, type Side, type Target } from './describe-request.ts';
import type { Residual } from './partial-decision.ts';
import { readArguments } from './read-arguments.ts';
import type { PolicyDecision, PolicyEngine, PolicyRequest } from './types.ts';

/** What a listing asks: the act that a listed thing is for. */
const ACT_OF_LIST: Readonly<Record<string, string>> = {
  'tools/list': 'tools/call',
  'resources/list': 'resources/read',
  'resources/templates/list': 'resources/read',
  'prompts/list': 'prompts/get',
  'tasks/list': 'tasks/get',
};

/** What a residual hangs on besides the principal. */
interface Question {
  readonly target: Target;
  readonly action: string;
  /** Whether they are known at all. */
  readonly ip: boolean;
  readonly session: boolean;
}

/** What is left to know of a question, for each side; and the sides that are decided already. */
interface Asked extends Question {
  readonly left: readonly { readonly side: Side; readonly residual: Residual }[];
  readonly known: readonly SideVerdict[];
}

function isSame(one: Question, other: Question): boolean {
  return (
    one.target === other.target &&
    one.action === other.action &&
    one.ip === other.ip &&
    one.session === other.session
  );
}

/** The engine of one immutable set. */
export function createEngine(input: EngineInput, deps: EngineDeps): PolicyEngine {
  const { setSha256, version } = input;
  const decider = createSideDecider(input, deps);

  /** The last that each principal asked for: who calls again calls the same tool mostly. */
  const lastAsked = new WeakMap<Principal, Asked>();

  function sidesLeft(request: PolicyRequest, target: Target): Asked {
    const { principal, action } = request;
    const present = { ip: request.ip !== undefined, session: request.session !== undefined };
    const last = lastAsked.get(principal);
    if (last !== undefined && isSame(last, { target, action, ...present })) return last;
    const left = sidesOf(principal).map((side) => ({
      side,
      residual: decider.residual(request, side, target),
    }));
    const known = left.flatMap(({ side, residual }): readonly SideVerdict[] =>
      residual.kind === 'concrete' ? [{ side, verdict: residual.verdict }] : [],
    );
    const asked = { target, action, ...present, left, known };
    lastAsked.set(principal, asked);
    return asked;
  }

  function decideAct(request: PolicyRequest, listing: boolean): PolicyDecision {
    if (input.unusable !== undefined) return denial(setSha256, input.unusable, false);
    const target = targetOf(request);
    if (typeof target === 'string') return denial(setSha256, target, true);
    if (listing && target.drifted !== undefined) return denial(setSha256, target.drifted, true);
    const { left, known } = sidesLeft(request, target);
    // Decided without looking at the arguments: so that nobody learns a schema by what is refused.
    if (listing || known.some(({ verdict }) => !verdict.allowed)) return answer(input, request, known, true);
    if (target.drifted !== undefined) return denial(setSha256, target.drifted, false);
    const args = readArguments(request, target);
    if (!args.ok) return { ...denial(setSha256, args.error.reason, false), ...args.error.problems };
    const verdicts = left.map(({ side, residual }) => ({
      side,
      verdict: decider.decide(residual, request, side, target, args.value),
    }));
    return answer(input, request, verdicts, false);
  }

  return {
    setSha256,
    version,
    decide(asked) {
      try {
        const act = ACT_OF_LIST[asked.action];
        const request = withAddress(act === undefined ? asked : { ...asked, action: act });
        if (request === undefined)
          return denial(setSha256, "the caller's address is not an IP address", false);
        return decideAct(request, act !== undefined);
      } catch (error) {
        deps.alarm('a decision failed', { set: setSha256, error: String(error) });
        return {
          ...denial(setSha256, 'the policy could not be evaluated', false),
          errors: ['deciding failed'],
        };
      }
    },
    contextText: describeContext,
  };
}

function withAddress(request: PolicyRequest): PolicyRequest | undefined {
  if (request.ip === undefined) return request;
  const ip = normalizeIp(request.ip);
  return ip === undefined ? undefined : { ...request, ip };
}

/** The part of the context that is the same for many calls: by principal, then by what is acted on and from where. */
const beginnings = new WeakMap<Principal, Map<string, string>>();

/** What a decision looked at besides the arguments. Its members are written in RFC 8785's order. */
function describeContext(request: PolicyRequest): string {
  const { session, time } = request;
  const asked = session === undefined ? '' : `"session":${canonicalJson(session)},`;
  return `${beginningOf(request)}${asked}"time":"${new Date(time).toISOString()}"}`;
}

interface Described {
  readonly action: string;
  readonly target: Target | string;
  readonly ip: string | undefined;
  readonly beginning: string;
}

/** Of the last that each principal asked for: who calls again calls the same tool mostly. */
const lastDescribed = new WeakMap<Principal, Described>();

/** Everything up to `session`: action, entities, ip, mode. */
function beginningOf(request: PolicyRequest): string {
  const { action, ip, principal } = request;
  const target = targetOf(request);
  const last = lastDescribed.get(principal);
  if (last !== undefined && last.target === target && last.action === action && last.ip === ip)
    return last.beginning;
  const beginning = describeBeginning(request, target);
  if (beginning.length <= CONTEXT_KEPT_CHARS_MAX)
    lastDescribed.set(principal, { action, target, ip, beginning });
  return beginning;
}

function describeBeginning(request: PolicyRequest, target: Target | string): string {
  const { action, principal } = request;
  const ip = request.ip === undefined ? undefined : (normalizeIp(request.ip) ?? request.ip);
  const key = `${ip ?? ''} ${typeof target === 'string' ? `${action} nothing` : targetKey(action, target)}`;
  let known = beginnings.get(principal);
  if (known === undefined) beginnings.set(principal, (known = new Map()));
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = canonicalJson({
    action,
    ...(typeof target === 'string' ? {} : { entities: entitiesOf(principal, target) as unknown as Json }),
    ...(ip === undefined ? {} : { ip }),
    mode: principal.mode,
  });
  const beginning = `${made.slice(0, -1)},`;
  if (beginning.length > CONTEXT_KEPT_CHARS_MAX) return beginning;
  return keepAtHand(known, CONTEXTS_PER_PRINCIPAL_MAX, key, beginning);
}
