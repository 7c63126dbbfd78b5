import type { Attributes } from '@opentelemetry/api';
import type { TracedCall, TracedLeg, TracedOutcome } from './types.ts';

/** Names of the MCP semantic conventions (semantic-conventions-genai, gen-ai/mcp.md); what they lack is `countersign.*`. */
export function spanName({ method, tool, prompt }: TracedCall): string {
  const target = tool ?? prompt;
  return target === undefined ? method : `${method} ${target}`;
}

/** What both spans of a call have in common. */
function operationAttributes({ method, tool, prompt, requestId }: TracedCall): Attributes {
  return {
    'mcp.method.name': method,
    ...(tool === undefined ? {} : { 'gen_ai.tool.name': tool }),
    ...(prompt === undefined ? {} : { 'gen_ai.prompt.name': prompt }),
    ...(method === 'tools/call' ? { 'gen_ai.operation.name': 'execute_tool' } : {}),
    ...(requestId === undefined ? {} : { 'jsonrpc.request.id': String(requestId) }),
  };
}

export function serverAttributes(call: TracedCall): Attributes {
  const { protocolVersion, session, tenant, server, decision, policySetSha256 } = call;
  return {
    ...operationAttributes(call),
    ...(protocolVersion === undefined ? {} : { 'mcp.protocol.version': protocolVersion }),
    ...(session === undefined ? {} : { 'mcp.session.id': session }),
    'network.transport': 'tcp',
    'network.protocol.name': 'http',
    'countersign.tenant': tenant,
    'countersign.server': server,
    ...(decision === undefined ? {} : { 'countersign.decision': decision }),
    ...(policySetSha256 === undefined ? {} : { 'countersign.policy.set': policySetSha256 }),
  };
}

export function legAttributes(call: TracedCall, { url, protocolVersion }: TracedLeg): Attributes {
  return {
    ...operationAttributes(call),
    ...(protocolVersion === undefined ? {} : { 'mcp.protocol.version': protocolVersion }),
    ...destination(url),
    'countersign.server': call.server,
  };
}

export function outcomeAttributes({ errorType, receipt, attempt }: TracedOutcome): Attributes {
  return {
    ...(errorType === undefined ? {} : { 'error.type': errorType }),
    ...(receipt === undefined ? {} : { 'countersign.receipt.id': receipt }),
    ...(attempt === undefined ? {} : { 'countersign.attempt.id': attempt }),
  };
}

/** Host and port of a registered URL; its path may hold a secret. */
function destination(url: string): Attributes {
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) return { 'network.transport': 'pipe' };
  const port = parsed.port === '' ? (parsed.protocol === 'https:' ? 443 : 80) : Number(parsed.port);
  return {
    'network.transport': 'tcp',
    'network.protocol.name': 'http',
    'server.address': parsed.hostname,
    'server.port': port,
  };
}
