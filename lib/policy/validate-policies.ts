import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import type { TypeAndId } from '@cedar-policy/cedar-wasm/nodejs';
import { setImmediate } from 'node:timers/promises';
import { actionsOf, cedarSchema, environmentsOf, type Environment } from './cedar-schema.ts';
import { VALIDATION_TURN_MS } from './constants.ts';
import { parsePolicies, positionOf, problemAt, type ParsedPolicy } from './parse-policies.ts';
import { mayApply } from './slice-policies.ts';
import type { PolicyProblem, PolicyServer, PolicyTexts } from './types.ts';

/**
 * Everything that is wrong with a set of policies: syntax, annotations, names that nothing has, and Cedar's strict
 * validation against the schema of every environment that a policy can reach. A policy that can apply to nothing
 * is refused too: as a forbid it would protect nothing, and nobody would know. Lets others have their turn in between: a
 * policy that reaches every tool of many is asked about each, which takes longer than other tenants' calls can wait.
 */
export async function validatePolicies(
  policies: PolicyTexts,
  servers: readonly PolicyServer[],
): Promise<readonly PolicyProblem[]> {
  const steps = validation(policies, servers);
  let turnEnds = performance.now() + VALIDATION_TURN_MS;
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (performance.now() < turnEnds) continue;
    await setImmediate();
    turnEnds = performance.now() + VALIDATION_TURN_MS;
  }
}

/** Each step asks Cedar about one policy in one environment. */
function* validation(
  policies: PolicyTexts,
  servers: readonly PolicyServer[],
): Generator<void, readonly PolicyProblem[]> {
  const { parsed, problems } = parsePolicies(policies);
  const actions = actionsOf(servers);
  const environments = environmentsOf(servers);
  const found = [...problems];
  for (const policy of parsed) {
    const unknown = unknownNames(policy, servers);
    found.push(...(unknown.length > 0 ? unknown : yield* validateOne(policy, environments, actions)));
  }
  return unique(found);
}

function* validateOne(
  policy: ParsedPolicy,
  environments: readonly Environment[],
  actions: readonly string[],
): Generator<void, readonly PolicyProblem[]> {
  const problems: PolicyProblem[] = [];
  const undeclared = argumentNames(policy.json);
  let applies = 0;
  let impossible: PolicyProblem | undefined;
  for (const environment of environments) {
    if (
      !(['User', 'Agent'] as const).some((type) =>
        mayApply(policy.json, { ...environment, principalType: type }),
      )
    )
      continue;
    yield;
    const answer = cedar.validate({
      schema: cedarSchema(environment, actions, undeclared),
      policies: { staticPolicies: { [policy.id]: policy.text } },
    });
    if (answer.type === 'failure')
      throw new Error(`Cedar refused our schema: ${answer.errors[0]?.message ?? ''}`);
    const where = placeOf(environment);
    for (const { error } of answer.validationErrors) {
      const problem = problemAt(policy.id, policy.text, error);
      problems.push({ ...problem, message: `${problem.message}, for ${where}` });
    }
    for (const { error } of answer.validationWarnings) {
      if (error.message.includes('is impossible')) impossible = problemAt(policy.id, policy.text, error);
      else if (error.message.includes('BIDI')) problems.push(problemAt(policy.id, policy.text, error));
    }
    if (!answer.validationWarnings.some(({ error }) => error.message.includes('is impossible'))) applies += 1;
  }
  if (applies > 0 || problems.length > 0) return problems;
  const unknown = unknownAction(policy, actions);
  return [unknown ?? { ...(impossible ?? { policyId: policy.id, line: 1, column: 1 }), message: NOWHERE }];
}

const NOWHERE =
  'applies to nothing: no server, tool, resource or prompt that is pinned fits this principal, action, resource and condition';

function unknownAction(
  { id, text, json }: ParsedPolicy,
  actions: readonly string[],
): PolicyProblem | undefined {
  const named = entitiesIn(json).filter(({ type }) => type === 'Action');
  const unknown = named.find((action) => !actions.includes(action.id));
  if (unknown === undefined) return undefined;
  const message = `no action is named '${unknown.id}' (${actions.join(', ')}); listings follow what may be used`;
  return { policyId: id, ...placeOfName(text, unknown.id), message };
}

function placeOf({ action, resourceType, server, resourceId }: Environment): string {
  return `${action} on ${resourceType} ${resourceId ?? `of ${server}`}`;
}

/** Entities that the tenant's servers would have, and have not: most often a typing error. */
function unknownNames(
  { id, text, json }: ParsedPolicy,
  servers: readonly PolicyServer[],
): readonly PolicyProblem[] {
  const known = knownEntities(servers);
  return entitiesIn(json).flatMap(({ type, id: name }) => {
    const names = known.get(type);
    if (names === undefined) return [];
    const found =
      type === 'Resource' || type === 'Task' ? names.has(name.split('/')[0] ?? '') : names.has(name);
    if (found) return [];
    return [
      { policyId: id, ...placeOfName(text, name), message: `no ${type} '${name}' is pinned${form(type)}` },
    ];
  });
}

function form(type: string): string {
  return type === 'Server'
    ? ''
    : ` (the form is ${type}::"<server>/<${type === 'Resource' ? 'uri' : 'name'}>")`;
}

function knownEntities(servers: readonly PolicyServer[]): ReadonlyMap<string, ReadonlySet<string>> {
  const named = (of: (server: PolicyServer) => Iterable<string>) =>
    new Set(servers.flatMap((server) => [...of(server)].map((name) => `${server.id}/${name}`)));
  const ids = new Set<string>(servers.map(({ id }) => id));
  return new Map<string, ReadonlySet<string>>([
    ['Server', ids],
    ['Tool', named(({ tools }) => tools.keys())],
    ['Prompt', named(({ prompts }) => prompts.keys())],
    ['Template', named(({ templates }) => templates.keys())],
    // Any URI and any task may come; only their server can be known.
    ['Resource', ids],
    ['Task', ids],
  ]);
}

function placeOfName(text: string, name: string): { line: number; column: number } {
  return positionOf(text, Math.max(0, text.indexOf(JSON.stringify(name))));
}

/** Every entity literal of a policy, wherever it stands. */
function entitiesIn(node: unknown): readonly TypeAndId[] {
  if (Array.isArray(node)) return node.flatMap(entitiesIn);
  if (typeof node !== 'object' || node === null) return [];
  if ('type' in node && 'id' in node && typeof node.type === 'string' && typeof node.id === 'string') {
    return [{ type: node.type, id: node.id }];
  }
  return Object.values(node).flatMap(entitiesIn);
}

/** The names that a policy reads from `context.arguments`. */
function argumentNames(node: unknown): readonly string[] {
  if (Array.isArray(node)) return node.flatMap(argumentNames);
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => {
    if ((key === '.' || key === 'has') && isArguments((value as { left?: unknown }).left)) {
      const { attr } = value as { attr: string | readonly string[] };
      return typeof attr === 'string' ? [attr] : attr.slice(0, 1);
    }
    return argumentNames(value);
  });
}

function isArguments(node: unknown): boolean {
  const access = (node as { '.'?: { left?: { Var?: string }; attr?: string } } | undefined)?.['.'];
  return access?.left?.Var === 'context' && access.attr === 'arguments';
}

/** A policy that reaches many tools may be wrong for each: one problem per place tells it. */
function unique(problems: readonly PolicyProblem[]): readonly PolicyProblem[] {
  const seen = new Set<string>();
  return problems.filter(({ policyId, line, column }) => {
    const key = `${policyId}\n${line}:${column}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
