import { err, ok, type Result } from '#lib/core';
import { planArguments } from './plan-arguments.ts';
import { planPrompt } from './plan-prompt.ts';
import type { PolicyServer, PolicyTool, SchemaProblem } from './types.ts';
import { preparedSchema } from './validate-arguments.ts';

/** What is pinned but can never be used, and why: an admin should hear of it before an agent does. */
export function schemaProblemsOf(servers: readonly PolicyServer[]): readonly SchemaProblem[] {
  return servers.flatMap((server) => [
    ...[...server.tools.values()].flatMap((tool) => problem(server, tool.name, checkTool(tool))),
    ...[...server.prompts.values()].flatMap(({ name, definition }) =>
      problem(server, name, planPrompt(definition)),
    ),
  ]);
}

function checkTool(tool: PolicyTool): Result<unknown, string> {
  const schema = preparedSchema(tool.inputSchema);
  if (!schema.ok) return err(`its input schema ${schema.error}`);
  const plan = planArguments(tool.inputSchema);
  return plan.ok ? ok(undefined) : err(`its input schema ${plan.error}`);
}

function problem(
  server: PolicyServer,
  tool: string,
  checked: Result<unknown, string>,
): readonly SchemaProblem[] {
  return checked.ok ? [] : [{ server: server.id, tool, message: checked.error }];
}
