import {
  err,
  isJsonObject,
  ok,
  type Agent,
  type ClientId,
  type GrantId,
  type JsonObject,
  type Person,
  type PersonId,
  type Principal,
  type Result,
  type ServerId,
  type SubjectReference,
} from '#lib/core';
import { readJsonText } from '#lib/gateway';
import type { TenantRecord } from '#lib/identity';
import type { PolicyRequest, PolicyTool } from '#lib/policy';
import type { PolicyDeskDeps } from './policy-desk.ts';
import type { QuestionProblem } from './policy-desk-types.ts';
import type { PolicyQuestion } from './policy-question.ts';

type Found<Value> = Result<Value, QuestionProblem>;

const problem = (path: string, message: string) => err({ path, message });

/** A question in the words that policy decides on: who, what, with which arguments, when and from where. */
export async function hypotheticalRequest(
  deps: PolicyDeskDeps,
  tenant: TenantRecord,
  asked: PolicyQuestion,
): Promise<Result<PolicyRequest, readonly QuestionProblem[]>> {
  const [person, agent, server] = await Promise.all([
    personOf(deps, tenant, asked),
    agentOf(deps, tenant, asked),
    deps.registry.server(tenant.id, asked.server as ServerId),
  ]);
  const args = argumentsOf(asked);
  const problems = [person, agent, args].flatMap((found) => (found.ok ? [] : [found.error]));
  if (server === undefined)
    problems.push({ path: 'server', message: `no server '${asked.server}' is registered` });
  if (!person.ok || !agent.ok || !args.ok || server === undefined) return err(problems);
  const { time, ip, session } = asked;
  return ok({
    principal: principalOf(tenant, server.id, agent.value, person.value),
    action: asked.action ?? usualAction(asked),
    server,
    ...thingOf(asked, server.tools),
    ...(args.value === undefined ? {} : { arguments: args.value }),
    time: time === undefined ? deps.clock.now() : Date.parse(time),
    ...(ip === undefined ? {} : { ip }),
    ...(session === undefined ? {} : { session }),
  });
}

async function personOf(
  { identity }: PolicyDeskDeps,
  tenant: TenantRecord,
  { person }: PolicyQuestion,
): Promise<Found<Person | undefined>> {
  if (person === undefined) return ok(undefined);
  if (!('reference' in person)) {
    const { groups, roles, email, name, issuer, subject } = person;
    const claims = { ...(email === undefined ? {} : { email }), ...(name === undefined ? {} : { name }) };
    return ok({
      id: 'hypothetical' as PersonId,
      reference: 'hypothetical' as SubjectReference,
      issuer,
      subject,
      groups,
      roles,
      ...claims,
    });
  }
  const reference = person.reference as SubjectReference;
  const found = await identity.people.find(tenant, { reference });
  return found === undefined
    ? problem('person.reference', 'names nobody who signed in here and was not erased')
    : ok(found.person);
}

async function agentOf(
  { identity }: PolicyDeskDeps,
  tenant: TenantRecord,
  { agent }: PolicyQuestion,
): Promise<Found<Agent>> {
  const clientId = agent.client_id as ClientId;
  const known = await identity.agents.load(tenant.id, clientId);
  const admission = agent.admission ?? known?.admission;
  if (admission === undefined) {
    return problem(
      'agent.client_id',
      'is no agent of this tenant; give an admission to ask about one that could be',
    );
  }
  if (admission === 'pending' || admission === 'refused') {
    return problem('agent.client_id', `is ${admission}: whatever the policy says, it may not call anything`);
  }
  return ok({ clientId, name: known?.name ?? clientId, admission });
}

function argumentsOf(asked: PolicyQuestion): Found<JsonObject | undefined> {
  const { arguments_json: text } = asked;
  if (text === undefined) return ok(asked.arguments);
  const read = readJsonText(text);
  if (!read.ok) return err({ path: 'arguments_json', ...read.error });
  return isJsonObject(read.value) ? ok(read.value) : problem('arguments_json', 'is not a JSON object');
}

function principalOf(
  tenant: TenantRecord,
  server: ServerId,
  agent: Agent,
  person: Person | undefined,
): Principal {
  const base = { tenant: tenant.id, tenantSlug: tenant.slug, agent, server };
  // Decisions are cached by it: two people with the same made-up id differ by their claims.
  const version = JSON.stringify([agent, person]);
  const asked = { ...base, grant: 'hypothetical' as GrantId, version };
  return person === undefined ? { ...asked, mode: 'agent' } : { ...asked, mode: 'user', person };
}

/** What one does with the thing that is named. */
function usualAction({ tool, prompt, resource, template, task }: PolicyQuestion): string {
  if (task !== undefined) return 'tasks/get';
  if (tool !== undefined) return 'tools/call';
  if (prompt !== undefined) return 'prompts/get';
  return resource !== undefined || template !== undefined ? 'resources/read' : 'sampling/createMessage';
}

/** A tool that is not pinned is asked about all the same: the answer is what an agent would get. */
function thingOf(
  { tool, prompt, resource, template, task }: PolicyQuestion,
  tools: ReadonlyMap<string, PolicyTool>,
): Pick<PolicyRequest, 'tool' | 'prompt' | 'resource' | 'template' | 'task'> {
  if (task !== undefined) return { task: { id: task, ...(tool === undefined ? {} : { tool }) } };
  if (tool !== undefined) {
    const unknown = { name: tool, definitionSha256: '', definition: {}, inputSchema: {} };
    return { tool: tools.get(tool) ?? unknown };
  }
  if (prompt !== undefined) return { prompt: { name: prompt } };
  if (resource !== undefined) return { resource: { uri: resource } };
  return template === undefined ? {} : { template: { uriTemplate: template } };
}
