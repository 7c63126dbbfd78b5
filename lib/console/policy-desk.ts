import { err, ok, type Clock, type ServerId } from '#lib/core';
import type { Identity, TenantRecord } from '#lib/identity';
import type { Policy, PolicyDraft, PolicyProblem, PolicyTexts, PolicyVersion } from '#lib/policy';
import type { Registry } from '#lib/registry';
import { PEOPLE_CHOICES_MAX, QUESTIONS_WAITING_MAX } from './constants.ts';
import { hypotheticalRequest } from './hypothetical-request.ts';
import type {
  CaseResult,
  NamedAuthor,
  PolicyChanges,
  PolicyDesk,
  QuestionChoices,
  QuestionProblem,
} from './policy-desk-types.ts';
import type { PolicyCase } from './policy-question.ts';
import { createQuestionQueue } from './question-queue.ts';

export interface PolicyDeskDeps {
  readonly clock: Clock;
  readonly identity: Pick<Identity, 'people' | 'agents'>;
  readonly policy: Policy;
  readonly registry: Pick<Registry, 'list' | 'server'>;
}

/** What those see who write and audit policies. Who may look is the caller's to check. */
export function createPolicyDesk(deps: PolicyDeskDeps): PolicyDesk {
  const { policy, registry } = deps;
  const inLine = createQuestionQueue(QUESTIONS_WAITING_MAX);
  const activeTexts = async (tenant: TenantRecord): Promise<PolicyTexts> =>
    (await policy.version(tenant.id, 'active'))?.policies ?? {};
  return {
    async active(tenant) {
      const set = await policy.version(tenant.id, 'active');
      const { setSha256 } = await policy.engine(tenant.id);
      return {
        version: set?.version ?? 0,
        isSaved: await policy.isSaved(tenant.id),
        sha256: set?.sha256 ?? setSha256,
        policies: policy.outline(set?.policies ?? {}),
      };
    },
    async versions(tenant, before) {
      const { versions, next } = await policy.versions(tenant.id, before === undefined ? {} : { before });
      const named = await Promise.all(versions.map((version) => nameAuthors(deps, tenant, version)));
      return { versions: named, ...(next === undefined ? {} : { next }) };
    },
    texts: async (tenant, version) => await policy.version(tenant.id, version),
    async compare(tenant, from, to) {
      const [before, after] = await Promise.all([from, to].map((version) => textsOf(deps, tenant, version)));
      if (before === undefined || after === undefined) return undefined;
      return { from, to, difference: policy.compare(before, after) };
    },
    check: async (tenant, changes) =>
      await inLine(tenant.id, async () => {
        const before = await activeTexts(tenant);
        const put = Object.entries(changes).flatMap(([id, text]) =>
          text === null ? [] : [[id, text] as const],
        );
        return {
          problems: await policy.validate(Object.fromEntries(put), await registry.list(tenant.id)),
          difference: policy.compare(before, changed(before, changes)),
        };
      }),
    ask: async (tenant, question, changes) =>
      await inLine(tenant.id, async () => {
        const draft = policy.draft(changed(await activeTexts(tenant), changes));
        if (!draft.ok) return err(draft.error.map(placeOf));
        const request = await hypotheticalRequest(deps, tenant, question);
        return request.ok ? ok(draft.value.explain(request.value)) : request;
      }),
    choices: async (tenant) => await choicesOf(deps, tenant),
    toolSchema: async (tenant, { server, tool }) =>
      (await registry.server(tenant.id, server as ServerId))?.tools.get(tool)?.inputSchema,
    async runCases(tenant, cases) {
      const draft = policy.draft(await activeTexts(tenant));
      const results: CaseResult[] = [];
      for (const each of cases) {
        results.push(
          draft.ok
            ? await runCase(deps, tenant, draft.value, each)
            : { ...failed(each), problems: draft.error.map(placeOf) },
        );
      }
      return results;
    },
    schemaText: async (tenant, tool) => policy.schemaText(await registry.list(tenant.id), tool),
  };
}

async function choicesOf(
  { identity, registry }: PolicyDeskDeps,
  tenant: TenantRecord,
): Promise<QuestionChoices> {
  const [servers, agents, people] = await Promise.all([
    registry.list(tenant.id),
    identity.agents.list(tenant),
    identity.people.list(tenant, { limit: PEOPLE_CHOICES_MAX }),
  ]);
  return {
    servers: servers.map(({ id, title, tools }) => ({ id, title, tools: [...tools.keys()].toSorted() })),
    agents: agents
      .filter(({ admission }) => admission !== 'pending' && admission !== 'refused')
      .map(({ clientId, name }) => ({ clientId, name })),
    people: people.map(({ person: { reference, name, email } }) => ({
      reference,
      name: name ?? email ?? reference,
    })),
  };
}

/** Ids are free names: entries, so that none of them is special to JavaScript. */
function changed(policies: PolicyTexts, changes: PolicyChanges): PolicyTexts {
  const texts = new Map(Object.entries(policies));
  for (const [id, text] of Object.entries(changes)) {
    if (text === null) texts.delete(id);
    else texts.set(id, text);
  }
  return Object.fromEntries(texts);
}

async function textsOf(
  { policy }: PolicyDeskDeps,
  tenant: TenantRecord,
  version: number,
): Promise<PolicyTexts | undefined> {
  return version === 0 ? {} : (await policy.version(tenant.id, version))?.policies;
}

function placeOf({ policyId, line, column, message }: PolicyProblem): QuestionProblem {
  return { path: policyId === '' ? 'policies' : `policies.${policyId}`, line, column, message };
}

async function nameAuthors(deps: PolicyDeskDeps, tenant: TenantRecord, version: PolicyVersion) {
  const activations = await Promise.all(
    version.activations.map(async (activation) => ({
      ...activation,
      author: await nameAuthor(deps, tenant, activation.author),
    })),
  );
  return { ...version, activations };
}

async function nameAuthor(
  { identity }: PolicyDeskDeps,
  tenant: TenantRecord,
  { mode, person: id, workload }: PolicyVersion['activations'][number]['author'],
): Promise<NamedAuthor> {
  if (id === undefined) return { mode, erased: false, ...(workload === undefined ? {} : { name: workload }) };
  const found = await identity.people.load(tenant.id, id);
  if (found === undefined) return { mode, erased: true };
  const { name, email, reference } = found.person;
  return { mode, erased: false, name: name ?? email ?? reference, reference };
}

const failed = ({ name, expect }: PolicyCase) => ({ name, passed: false, expected: expect });

async function runCase(
  deps: PolicyDeskDeps,
  tenant: TenantRecord,
  draft: PolicyDraft,
  each: PolicyCase,
): Promise<CaseResult> {
  const request = await hypotheticalRequest(deps, tenant, each.request);
  if (!request.ok) return { ...failed(each), problems: request.error };
  const { decision } = draft.explain(request.value);
  const { effect, policies = [], hidden } = each.expect;
  const passed =
    decision.effect === effect &&
    policies.every((id) => decision.policies.includes(id)) &&
    (hidden === undefined || decision.hidden === hidden);
  return { ...failed(each), passed, decision, problems: [] };
}
