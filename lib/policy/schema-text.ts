import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import type { Schema, Type } from '@cedar-policy/cedar-wasm/nodejs';
import {
  actionsOf,
  appliesTo,
  argumentsType,
  cedarSchema,
  environmentsOf,
  schemaOf,
  type Environment,
} from './cedar-schema.ts';
import type { PolicyServer, ToolName } from './types.ts';

/** The schema in Cedar's own syntax: of one tool's calls, or one for everything. */
export function schemaText(servers: readonly PolicyServer[], tool?: ToolName): string | undefined {
  const environments = environmentsOf(servers);
  const actions = actionsOf(servers);
  if (tool === undefined) return writeSchema(mergedSchema(environments, actions));
  const found = environments.find(
    ({ action, resourceId }) => action === 'tools/call' && resourceId === `${tool.server}/${tool.tool}`,
  );
  return found === undefined ? undefined : writeSchema(cedarSchema(found, actions, []));
}

function writeSchema(schema: Schema): string {
  const answer = cedar.schemaToText(schema);
  if (answer.type === 'failure')
    throw new Error(`Cedar refused our schema: ${answer.errors[0]?.message ?? ''}`);
  return answer.text;
}

function mergedSchema(environments: readonly Environment[], actions: readonly string[]): Schema {
  return schemaOf(
    Object.fromEntries(
      actions.map((action) => {
        const of = environments.filter((environment) => environment.action === action);
        const resourceTypes = [...new Set(of.map(({ resourceType }) => resourceType))];
        return resourceTypes.length === 0
          ? [action, { appliesTo: { principalTypes: [], resourceTypes: [] } }]
          : [action, { appliesTo: appliesTo(resourceTypes, mergedArguments(of)) }];
      }),
    ),
  );
}

/** Tools differ in what they declare: an argument is one of all of them only where its types agree. */
function mergedArguments(environments: readonly Environment[]): Type<string> {
  const types = new Map<string, { readonly text: string; readonly type: Type<string> } | 'differs'>();
  for (const { arguments: plan } of environments) {
    const { attributes } = argumentsType(plan, []) as {
      attributes: Record<string, Type<string> & { required?: boolean }>;
    };
    for (const [name, { required: _, ...type }] of Object.entries(attributes)) {
      const text = JSON.stringify(type);
      const known = types.get(name);
      if (known === undefined) types.set(name, { text, type: type as Type<string> });
      else if (known !== 'differs' && known.text !== text) types.set(name, 'differs');
    }
  }
  const agreed = [...types].flatMap(([name, found]) =>
    found === 'differs' ? [] : [[name, { ...found.type, required: false }] as const],
  );
  return { type: 'Record', attributes: Object.fromEntries(agreed) };
}
