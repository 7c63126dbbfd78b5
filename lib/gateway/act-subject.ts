import {
  canonicalJson,
  err,
  isJsonObject,
  ok,
  type Json,
  type JsonObject,
  type ReceiptId,
  type Result,
} from '#lib/core';
import { foldName, type PolicyRequest } from '#lib/policy';
import type { ReceiptKind } from '#lib/receipts';
import type { PinnedServer } from '#lib/registry';
import type { TraceContext } from '#lib/telemetry';
import { META_PREFIX, NAME_CHARS_MAX, RELATED_TASK, URI_CHARS_MAX } from './constants.ts';
import type { AskedTask } from './parts.ts';

/** What an act is about, as decision, receipt and credential need it. */
export interface ActSubject {
  readonly kind: ReceiptKind;
  /** The policy's question; undefined where the thing does not exist, so that there is nothing to ask. */
  readonly question:
    | Pick<PolicyRequest, 'action' | 'tool' | 'resource' | 'template' | 'prompt' | 'task' | 'arguments'>
    | undefined;
  readonly tool?: { readonly name: string; readonly definitionSha256?: string };
  readonly uri?: string;
  readonly prompt?: string;
  /** Of a task: the receipt of the call that made it. */
  readonly call?: ReceiptId;
  /** RFC 8785 text of what was asked (FORMATS 1, `arguments`). */
  readonly argumentsText: string;
  /** An admin let this tool's calls go without an attempt. */
  readonly waived: boolean;
  /** The answer for what does not exist or may not be seen. */
  readonly missing: string;
}

/** Why params are unusable, in words for a -32602. */
type SubjectResult = Result<ActSubject, string>;

/** Reads what an act is about, and about which task. Undefined: this is not a method of the revisions spoken here. */
export function readSubject(
  server: PinnedServer,
  method: string,
  params: JsonObject = {},
  task?: AskedTask,
): SubjectResult | undefined {
  const twin = caseTwin(params);
  if (twin !== undefined) return err(`params.${twin} differs from a member of the protocol by case only.`);
  switch (method) {
    case 'tools/call':
      return readToolCall(server, params);
    case 'prompts/get':
      return readPromptGet(server, params);
    case 'resources/read':
    case 'resources/subscribe':
    case 'resources/unsubscribe':
      return readResource(params);
    case 'completion/complete':
      return readCompletion(server, params);
    default:
      if (task !== undefined) return readTask(server, method, params, task);
      return isAllowed(server, method) ? readAllowedMethod(method, params) : undefined;
  }
}

const MEMBERS: ReadonlySet<string> = new Set(
  '_meta name arguments uri ref argument task taskId inputResponses'.split(' '),
);
const FOLDED_MEMBERS: ReadonlySet<string> = new Set([...MEMBERS].map(foldName));

/** A member that a server whose JSON reader ignores case (Go's does) would take for the one that was decided on. */
function caseTwin(params: JsonObject): string | undefined {
  return Object.keys(params).find((key) => !MEMBERS.has(key) && FOLDED_MEMBERS.has(foldName(key)));
}

function readToolCall(server: PinnedServer, params: JsonObject): SubjectResult {
  const { name, arguments: args } = params as { [key: string]: Json | undefined };
  if (!isName(name)) return err('params.name must be the name of a tool.');
  if (args !== undefined && !isJsonObject(args)) return err('params.arguments must be an object.');
  const task = params['task'];
  if (task !== undefined && !isJsonObject(task)) return err('params.task must be an object.');
  const tool = server.tools.get(name);
  return ok({
    kind: 'tool_call',
    question: tool && { action: 'tools/call', tool, arguments: args ?? {} },
    tool: tool === undefined ? { name } : { name, definitionSha256: tool.definitionSha256 },
    argumentsText: args === undefined ? '{}' : canonicalJson(args),
    waived: server.waivers.has(name),
    missing: `Unknown tool: ${name}`,
  });
}

function readPromptGet(server: PinnedServer, params: JsonObject): SubjectResult {
  const { name, arguments: args } = params as { [key: string]: Json | undefined };
  if (!isName(name)) return err('params.name must be the name of a prompt.');
  if (args !== undefined && !isJsonObject(args)) return err('params.arguments must be an object.');
  const known = server.prompts.has(name);
  return ok({
    kind: 'prompt_get',
    question: known ? { action: 'prompts/get', prompt: { name }, arguments: args ?? {} } : undefined,
    prompt: name,
    argumentsText: args === undefined ? '{}' : canonicalJson(args),
    waived: false,
    missing: `Unknown prompt: ${name}`,
  });
}

function readResource(params: JsonObject): SubjectResult {
  const uri = params['uri'];
  if (!isUri(uri)) return err('params.uri must be the URI of a resource.');
  return ok({
    kind: 'resource_read',
    question: { action: 'resources/read', resource: { uri } },
    uri,
    argumentsText: withoutMeta(params),
    waived: false,
    missing: `Unknown resource: ${uri}`,
  });
}

function readCompletion(server: PinnedServer, params: JsonObject): SubjectResult {
  const { ref, argument } = params as { [key: string]: Json | undefined };
  if (!isJsonObject(ref) || !isJsonObject(argument))
    return err('params.ref and params.argument must be objects.');
  const twin = caseTwin(ref);
  if (twin !== undefined)
    return err(`params.ref.${twin} differs from a member of the protocol by case only.`);
  const common = { kind: 'completion', argumentsText: withoutMeta(params), waived: false } as const;
  const asked = { action: 'completion/complete', arguments: argument } as const;
  const { type, name, uri } = ref as { [key: string]: Json | undefined };
  if (type === 'ref/prompt' && isName(name)) {
    const question = server.prompts.has(name) ? { ...asked, prompt: { name } } : undefined;
    return ok({ ...common, question, prompt: name, missing: `Unknown prompt: ${name}` });
  }
  if (type !== 'ref/resource' || !isUri(uri))
    return err('params.ref must name a prompt or a resource template.');
  const question = server.templates.has(uri) ? { ...asked, template: { uriTemplate: uri } } : undefined;
  return ok({ ...common, question, uri, missing: `Unknown resource template: ${uri}` });
}

/** One task, in the tool whose call made it. Another's and one that is gone is none. */
function readTask(
  server: PinnedServer,
  method: string,
  params: JsonObject,
  { id, made }: AskedTask,
): SubjectResult {
  const common = { kind: 'task', argumentsText: withoutMeta(params), waived: false } as const;
  const missing = `Unknown task: ${id}`;
  if (made === undefined) return ok({ ...common, question: undefined, missing });
  const { tool: name, call } = made;
  const definition = server.tools.get(name);
  return ok({
    ...common,
    // What people answered is for the server: no policy looks at it.
    question: { action: method, task: { id, tool: name }, arguments: plain(withoutAnswers(params)) },
    tool: definition === undefined ? { name } : { name, definitionSha256: definition.definitionSha256 },
    call,
    missing,
  });
}

/** Nobody reaches tasks but those who made them, so that no admin can allow more by name. */
function isAllowed({ allowMethods }: PinnedServer, method: string): boolean {
  return allowMethods.has(method) && !method.startsWith('tasks/');
}

/** A method that the server's `allow_methods` names: it acts on the server as a whole. */
function readAllowedMethod(method: string, params: JsonObject): SubjectResult {
  return ok({
    kind: 'task',
    question: { action: method, arguments: plain(params) },
    argumentsText: withoutMeta(params),
    waived: false,
    missing: `Unknown method: ${method}`,
  });
}

/** A state belongs to its parent: one without the other would be wrong. */
const TRACE_MEMBERS: ReadonlySet<string> = new Set(['traceparent', 'tracestate']);

function withoutMeta(params: JsonObject): string {
  const { _meta, ...rest } = params;
  return canonicalJson(rest);
}

function plain({ _meta, ...rest }: JsonObject): JsonObject {
  return rest;
}

function withoutAnswers({ inputResponses: _answers, ...rest }: JsonObject): JsonObject {
  return rest;
}

function isName(value: Json | undefined): value is string {
  return typeof value === 'string' && value !== '' && value.length <= NAME_CHARS_MAX;
}

function isUri(value: Json | undefined): value is string {
  return typeof value === 'string' && value !== '' && value.length <= URI_CHARS_MAX;
}

/**
 * The params as forwarded: the agent's own, but for `_meta` members of ours, which name the act, for the task that they say to
 * belong to (`withoutTaskMeta`), and for the trace that they are part of from here on, where that is another than the agent
 * named. RFC 8785 inside.
 */
export function forwardedParams(
  params: JsonObject | undefined,
  subject: ActSubject,
  act: string,
  trace?: TraceContext,
): string {
  let text = `{"_meta":{"${META_PREFIX}attempt":"${act}"`;
  if (trace !== undefined) text += `,"traceparent":${JSON.stringify(trace.traceparent)}`;
  if (trace?.tracestate !== undefined) text += `,"tracestate":${JSON.stringify(trace.tracestate)}`;
  for (const [key, value] of Object.entries((params?.['_meta'] ?? {}) as JsonObject)) {
    if (
      key.startsWith(META_PREFIX) ||
      key === RELATED_TASK ||
      (trace !== undefined && TRACE_MEMBERS.has(key))
    )
      continue;
    text += `,${JSON.stringify(key)}:${canonicalJson(value)}`;
  }
  text += '}';
  for (const key of Object.keys(params ?? {})) {
    if (key === '_meta') continue;
    const value = params?.[key] as Json;
    const hashed = key === 'arguments' && (subject.kind === 'tool_call' || subject.kind === 'prompt_get');
    text += `,${JSON.stringify(key)}:${hashed ? subject.argumentsText : canonicalJson(value)}`;
  }
  return text + '}';
}
