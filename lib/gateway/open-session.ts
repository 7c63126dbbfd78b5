import { isJsonObject, type JsonObject } from '#lib/core';
import { abandonUpstream } from './abandon-upstream.ts';
import { approachServer } from './approach-server.ts';
import { relayedCapabilities, viewExtension } from './client-capabilities.ts';
import { PROTOCOL_VERSIONS } from './constants.ts';
import { isRuledOut } from './decide-question.ts';
import type { RpcRequest } from './parse-message.ts';
import type { Caller, Parts, Ready } from './parts.ts';
import { errorText, resultText } from './rpc-text.ts';
import { refusalOf } from './refuse-opening.ts';
import { withoutOurMeta } from './strip-meta.ts';
import { offerTasks, tasksCapability } from './task-methods.ts';
import type { UpstreamFailure } from './upstream-failure.ts';
import type { Handshake } from './upstream-session.ts';

const INVALID_PARAMS = -32_602;

/** What a server may offer through Countersign, because it is relayed. */
const SERVER_CAPABILITIES = ['tools', 'resources', 'prompts', 'logging', 'completions'];
/** initialize: negotiates with the agent, opens the upstream's half, makes the session durable, answers. */
export async function openSession(parts: Parts, caller: Caller & Ready, message: RpcRequest): Promise<void> {
  const { exchange, principal, server } = caller;
  const handshake = readHandshake(caller, message.params ?? {});
  if (handshake === undefined) {
    const text = 'initialize needs protocolVersion (text), capabilities and clientInfo (objects).';
    return parts.answers.json(exchange, 200, errorText(message.id, INVALID_PARAMS, text));
  }
  const approach = approachServer(parts.minting, principal, server);
  const opened = await parts.eras.open(approach, handshake);
  if (!opened.ok) return refuse(parts, caller, message, opened.error);
  const { capabilities, clientInfo, protocolVersion } = handshake;
  const upstream = opened.value.session;
  try {
    const tasks = offerTasks(caller, protocolVersion, opened.value);
    const session = await parts.sessions.create(principal, {
      protocolVersion,
      upstream,
      urlSha256: server.urlSha256,
      handshake: { capabilities, clientInfo },
      ...(tasks === undefined ? {} : { tasks }),
    });
    const result = {
      ...opened.value.result,
      protocolVersion,
      capabilities: { ...cutServer(opened.value.result['capabilities']), ...tasksCapability(tasks) },
    };
    const body = resultText(message.id, JSON.stringify(withoutOurMeta(result)));
    parts.answers.json(exchange, 200, body, ['mcp-session-id', session.id]);
  } catch (error) {
    void abandonUpstream(parts, principal, server, upstream);
    throw error;
  }
}

function refuse(
  parts: Parts,
  { exchange, server }: Caller,
  { id }: RpcRequest,
  failure: UpstreamFailure,
): void {
  parts.answers.refuse(exchange, refusalOf(server, failure, id));
}

/** The agent's offer, cut to what is relayed, in the newest revision that both sides may speak. */
function readHandshake(caller: Caller & Ready, params: JsonObject): Handshake | undefined {
  const { protocolVersion, capabilities, clientInfo } = params as { [key: string]: unknown };
  if (typeof protocolVersion !== 'string' || !isJsonObject(capabilities) || !isJsonObject(clientInfo))
    return undefined;
  const known = PROTOCOL_VERSIONS.includes(protocolVersion);
  return {
    protocolVersion: known ? protocolVersion : (PROTOCOL_VERSIONS[0] as string),
    capabilities: relayedCapabilities(capabilities, (what) => isRuledOut(caller, what)),
    clientInfo,
  };
}

export function cutServer(capabilities: unknown): JsonObject {
  if (!isJsonObject(capabilities)) return {};
  const kept = Object.entries(capabilities).filter(([key]) => SERVER_CAPABILITIES.includes(key));
  return { ...Object.fromEntries(kept), ...viewExtension(capabilities) };
}
