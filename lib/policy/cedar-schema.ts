import type { ActionType, ApplySpec, Schema, Type } from '@cedar-policy/cedar-wasm/nodejs';
import {
  COMPLETION_PLAN,
  ELICITATION_PLAN,
  NO_ARGUMENTS_PLAN,
  SAMPLING_PLAN,
  UNDECLARED_PLAN,
} from './method-plans.ts';
import { cedarNames, planArguments, type RecordPlan, type ValuePlan } from './plan-arguments.ts';
import { planPrompt } from './plan-prompt.ts';
import type { ActMethod, PolicyServer } from './types.ts';

/** One kind of question a policy can be asked, as typed as it gets: the arguments of this tool, of this prompt. */
export interface Environment {
  readonly action: string;
  readonly resourceType: ResourceType;
  readonly server: string;
  /** The resource's entity id; undefined where any id of that server may come (resources, tasks). */
  readonly resourceId: string | undefined;
  readonly arguments: RecordPlan;
}

export type ResourceType = 'Server' | 'Tool' | 'Resource' | 'Template' | 'Prompt' | 'Task';

/** What each method acts on. Methods that a server's `allow_methods` names act on the server. */
export const RESOURCE_TYPES: Readonly<Record<ActMethod, readonly ResourceType[]>> = {
  'tools/call': ['Tool'],
  // A template is listed to whom reading it would be allowed: then `resource` is the template itself.
  'resources/read': ['Resource', 'Template'],
  'prompts/get': ['Prompt'],
  'completion/complete': ['Prompt', 'Template'],
  'tasks/get': ['Task'],
  'tasks/result': ['Task'],
  'tasks/cancel': ['Task'],
  'tasks/update': ['Task'],
  'sampling/createMessage': ['Server'],
  'roots/list': ['Server'],
  'elicitation/create': ['Server'],
};

export const ACT_METHODS = Object.keys(RESOURCE_TYPES) as readonly ActMethod[];

/** Every action that a tenant's policies may name. */
export function actionsOf(servers: readonly PolicyServer[]): readonly string[] {
  return [...new Set([...ACT_METHODS, ...servers.flatMap(({ allowMethods }) => [...allowMethods])])];
}

/** Every kind of question that a tenant's servers, as pinned, can raise. A tool that can't be planned raises none. */
export function environmentsOf(servers: readonly PolicyServer[]): readonly Environment[] {
  return servers.flatMap((server) => [
    ...toolEnvironments(server),
    ...promptEnvironments(server),
    ...others(server),
  ]);
}

function toolEnvironments(server: PolicyServer): readonly Environment[] {
  return [...server.tools.values()].flatMap((tool) => {
    const plan = planArguments(tool.inputSchema);
    if (!plan.ok) return [];
    const resourceId = `${server.id}/${tool.name}`;
    return [
      {
        action: 'tools/call',
        resourceType: 'Tool' as const,
        server: server.id,
        resourceId,
        arguments: plan.value,
      },
    ];
  });
}

function promptEnvironments(server: PolicyServer): readonly Environment[] {
  return [...server.prompts.values()].flatMap((prompt): readonly Environment[] => {
    const plan = planPrompt(prompt.definition);
    const about = {
      resourceType: 'Prompt' as const,
      server: server.id,
      resourceId: `${server.id}/${prompt.name}`,
    };
    const complete = { action: 'completion/complete', ...about, arguments: COMPLETION_PLAN };
    return plan.ok ? [{ action: 'prompts/get', ...about, arguments: plan.value }, complete] : [complete];
  });
}

function others(server: PolicyServer): readonly Environment[] {
  const on = (
    action: string,
    resourceType: ResourceType,
    name?: string,
    plan: RecordPlan = NO_ARGUMENTS_PLAN,
  ): Environment => ({
    action,
    resourceType,
    server: server.id,
    resourceId:
      resourceType === 'Server' ? server.id : name === undefined ? undefined : `${server.id}/${name}`,
    arguments: plan,
  });
  return [
    on('resources/read', 'Resource'),
    ...[...server.templates.keys()].flatMap((name) => [
      on('resources/read', 'Template', name),
      on('completion/complete', 'Template', name, COMPLETION_PLAN),
    ]),
    ...(['tasks/get', 'tasks/result', 'tasks/cancel', 'tasks/update'] as const).map((action) =>
      on(action, 'Task', undefined, UNDECLARED_PLAN),
    ),
    on('sampling/createMessage', 'Server', undefined, SAMPLING_PLAN),
    on('elicitation/create', 'Server', undefined, ELICITATION_PLAN),
    on('roots/list', 'Server'),
    ...[...server.allowMethods].map((method) => on(method, 'Server', undefined, UNDECLARED_PLAN)),
  ];
}

const ENTITY_TYPES = {
  Group: {},
  User: {
    memberOfTypes: ['Group'],
    shape: record({
      issuer: { type: 'String' },
      subject: { type: 'String' },
      email: { type: 'String', required: false },
      name: { type: 'String', required: false },
      roles: { type: 'Set', element: { type: 'String' } },
    }),
  },
  Agent: { shape: record({ admission: { type: 'String' } }) },
  Server: {},
  Tool: { memberOfTypes: ['Server'], shape: record({ name: { type: 'String' } }) },
  Resource: { memberOfTypes: ['Server', 'Template'], shape: record({ uri: { type: 'String' } }) },
  Template: { memberOfTypes: ['Server'], shape: record({ uri_template: { type: 'String' } }) },
  Prompt: { memberOfTypes: ['Server'], shape: record({ name: { type: 'String' } }) },
  Task: { memberOfTypes: ['Server', 'Tool'] },
};

type Attribute = Type<string> & { required?: boolean };

function record(attributes: Record<string, Attribute>): Type<string> {
  return { type: 'Record', attributes };
}

/**
 * The Cedar schema of one environment. All actions of the tenant are declared, so that a policy may name them;
 * only this environment's applies to anything, so that the arguments have this tool's types.
 */
export function cedarSchema(
  environment: Environment,
  actions: readonly string[],
  undeclared: readonly string[],
): Schema {
  const nothing = { principalTypes: [], resourceTypes: [] };
  const here = appliesTo([environment.resourceType], argumentsType(environment.arguments, undeclared));
  return schemaOf(
    Object.fromEntries(
      actions.map((action) => [action, { appliesTo: action === environment.action ? here : nothing }]),
    ),
  );
}

/** What an action applies to: both sides of a decision, these resources, these arguments. */
export function appliesTo(resourceTypes: ResourceType[], args: Type<string>): ApplySpec<string> {
  const context = record({
    arguments: args,
    mode: { type: 'String' },
    time: { type: 'Extension', name: 'datetime' },
    agent: { type: 'Entity', name: 'Agent' },
    ip: { type: 'Extension', name: 'ipaddr', required: false },
    session: { type: 'String', required: false },
  });
  return { principalTypes: ['User', 'Agent'], resourceTypes, context };
}

/** The tenant's entity types with these actions. */
export function schemaOf(actions: Record<string, ActionType<string>>): Schema {
  return { '': { entityTypes: ENTITY_TYPES, actions } };
}

/** `undeclared` names what policies ask of arguments that an open schema does not declare: text, if it comes. */
export function argumentsType(plan: RecordPlan, undeclared: readonly string[]): Type<string> {
  const declared = recordAttributes(plan);
  if (!plan.open) return record(declared);
  const extra = undeclared.filter((name) => name.endsWith('_json') && !plan.names.has(name));
  return record({
    ...Object.fromEntries(extra.map((name) => [name, { type: 'String', required: false }])),
    ...declared,
  });
}

function recordAttributes(plan: RecordPlan): Record<string, Attribute> {
  const attributes = [...plan.members].flatMap(([name, { plan: member, required }]) =>
    cedarNames(name, member).map((attribute): [string, Attribute] => [
      attribute,
      { ...(attribute === name ? attributeType(member) : derivedType(member)), required },
    ]),
  );
  return Object.fromEntries(attributes);
}

function derivedType(plan: ValuePlan): Type<string> {
  return { type: plan.kind === 'set' ? 'Long' : 'String' };
}

function attributeType(plan: ValuePlan): Type<string> {
  switch (plan.kind) {
    case 'string':
    case 'json':
      return { type: 'String' };
    case 'long':
      return { type: 'Long' };
    case 'boolean':
      return { type: 'Boolean' };
    case 'set':
      return { type: 'Set', element: attributeType(plan.element) };
    case 'record':
      return record(recordAttributes(plan.record));
  }
}
