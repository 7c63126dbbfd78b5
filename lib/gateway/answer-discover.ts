import { isJsonObject, type JsonObject } from '#lib/core';
import { ERA_META } from './era.ts';
import { inEra } from './era-result.ts';
import { cutServer } from './open-session.ts';
import type { ActContext, Parts } from './parts.ts';
import { SPOKEN_VERSIONS } from './read-envelope.ts';
import { withAccess } from './ready.ts';
import { resultText } from './rpc-text.ts';
import type { SingleRequest } from './session.ts';
import { refusalOf } from './refuse-opening.ts';
import { withoutOurMeta } from './strip-meta.ts';
import { withTasks } from './task-capability.ts';
import { servesTasks } from './task-extension.ts';
import { mayUseSomeTasks } from './task-methods.ts';
import type { UpstreamFailure } from './upstream-failure.ts';

/** Lists of which Countersign itself says when they change: policy and pins decide what is in them. */
const LISTED = ['tools', 'prompts', 'resources'];

/** server/discover: what the server behind says of itself, as far as it is relayed. Neither decided nor receipted. */
export function answerDiscover(
  parts: Parts,
  context: ActContext,
  failure: UpstreamFailure | undefined,
): void {
  const { exchange, message, server, session } = context;
  const { single } = session;
  if (failure !== undefined || single === undefined) {
    const why = failure ?? { kind: 'unreachable', message: 'could not be asked.' };
    return parts.answers.refuse(exchange, refusalOf(server, why, message.id));
  }
  const isModern = session.state.upstream.era === 'stateless';
  const tasks = servesTasks(single) && mayUseSomeTasks(context, isModern);
  const result = inEra(session, withoutOurMeta(offerOf(single, tasks)));
  withAccess(parts, context, () =>
    parts.answers.json(exchange, 200, resultText(message.id, JSON.stringify(result))),
  );
}

function offerOf({ pooled: { result, identity } }: SingleRequest, tasks: boolean): JsonObject {
  const { instructions, serverInfo, _meta } = result;
  const capabilities = withListChanges(cutServer(result['capabilities']));
  return {
    supportedVersions: [...SPOKEN_VERSIONS],
    capabilities: tasks ? withTasks(capabilities) : capabilities,
    ...(typeof instructions === 'string' ? { instructions } : {}),
    _meta: {
      ...(ERA_META.serverInfo in identity ? { [ERA_META.serverInfo]: serverInfo as JsonObject } : {}),
      ...(isJsonObject(_meta) ? _meta : {}),
    },
  };
}

function withListChanges(capabilities: JsonObject): JsonObject {
  const listed = LISTED.filter((kind) => isJsonObject(capabilities[kind]));
  const changed = listed.map((kind) => [kind, { ...(capabilities[kind] as JsonObject), listChanged: true }]);
  return { ...capabilities, ...Object.fromEntries(changed) };
}
