import { err, ok, type JsonObject, type Result } from '#lib/core';
import { ACT_METHODS } from './cedar-schema.ts';
import { checkArguments } from './check-arguments.ts';
import type { Target } from './describe-request.ts';
import { mapArguments, type CedarRecord } from './map-arguments.ts';
import {
  COMPLETION_PLAN,
  ELICITATION_PLAN,
  NO_ARGUMENTS_PLAN,
  SAMPLING_PLAN,
  UNDECLARED_PLAN,
} from './method-plans.ts';
import { planArguments, type RecordPlan } from './plan-arguments.ts';
import { checkMembers, planPrompt } from './plan-prompt.ts';
import type { ArgumentProblem, PolicyRequest } from './types.ts';
import { validateArguments } from './validate-arguments.ts';

/** Why the arguments can't be decided on. */
export interface ArgumentRefusal {
  readonly reason: string;
  /** Present when the arguments are at fault, and not the definition. */
  readonly problems: { readonly argumentProblems?: readonly ArgumentProblem[] };
}

const NO_ARGUMENTS: JsonObject = Object.freeze({});
const KNOWN_METHODS: ReadonlySet<string> = new Set(ACT_METHODS);

/** Methods whose arguments are the same for every server. */
const PLANS: Readonly<Record<string, RecordPlan>> = Object.assign(
  Object.create(null) as Record<string, RecordPlan>,
  {
    'completion/complete': COMPLETION_PLAN,
    'sampling/createMessage': SAMPLING_PLAN,
    'elicitation/create': ELICITATION_PLAN,
  },
);

/** Validates the request's arguments against what is pinned, then maps them for Cedar. */
export function readArguments(request: PolicyRequest, target: Target): Result<CedarRecord, ArgumentRefusal> {
  const args = request.arguments ?? NO_ARGUMENTS;
  if (request.tool !== undefined && request.action === 'tools/call') {
    const pinned = request.server.tools.get(request.tool.name) ?? request.tool;
    const valid = validateArguments(pinned, args);
    if (!valid.ok) return err(misfit(valid.error));
    return mapped(planArguments(pinned.inputSchema), args);
  }
  const size = checkArguments(args);
  if ('message' in size) return err(misfit([size]));
  const plan = planOf(request, target);
  if (!plan.ok) return mapped(plan, args);
  if (plan.value.open) return mapped(plan, args);
  const problems = checkMembers(plan.value, args);
  return problems.length > 0 ? err(misfit(problems)) : mapped(plan, args);
}

function planOf(request: PolicyRequest, target: Target): Result<RecordPlan, string> {
  const known = PLANS[request.action];
  if (known !== undefined) return ok(known);
  if (target.type === 'Task' || !KNOWN_METHODS.has(request.action)) return ok(UNDECLARED_PLAN);
  if (request.action !== 'prompts/get' || target.type !== 'Prompt') return ok(NO_ARGUMENTS_PLAN);
  const prompt = request.server.prompts.get(request.prompt?.name ?? '');
  return prompt === undefined ? err('it is not pinned') : planPrompt(prompt.definition);
}

function mapped(plan: Result<RecordPlan, string>, args: JsonObject): Result<CedarRecord, ArgumentRefusal> {
  if (!plan.ok) {
    return err({ reason: `the definition can't be used by policies: it ${plan.error}`, problems: {} });
  }
  const record = mapArguments(plan.value, args);
  return record.ok ? record : err(misfit([{ path: '', message: record.error }]));
}

function misfit(problems: readonly ArgumentProblem[]): ArgumentRefusal {
  const words = problems.map(({ path, message }) => (path === '' ? message : `${path} ${message}`));
  return {
    reason: `the arguments do not fit: ${words.join('; ')}`,
    problems: { argumentProblems: problems },
  };
}
