import type { Clock } from '#lib/core';
import type { ListCallableTools } from '#lib/oauth';
import type { Policy } from '#lib/policy';
import type { Registry } from '#lib/registry';

/** What a consent page shows: the tools of a server that today's policy lets this principal see. */
export function listCallableTools(deps: {
  readonly policy: Policy;
  readonly registry: Registry;
  readonly clock: Clock;
}): ListCallableTools {
  return async (principal, serverId) => {
    const server = await deps.registry.server(principal.tenant, serverId);
    if (server === undefined) return [];
    const engine = await deps.policy.engine(principal.tenant);
    const time = deps.clock.now();
    return [...server.tools.values()]
      .filter(
        (tool) => engine.decide({ principal, action: 'tools/list', server, tool, time }).effect === 'allow',
      )
      .map(({ name }) => name);
  };
}
